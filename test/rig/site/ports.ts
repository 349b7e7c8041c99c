import { createServer } from 'node:net';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryClaim } from '../exclusive.ts';

/** Below the range from which Linux takes the ports of outgoing connections (ip_local_port_range, 32768 and up). */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** A port of 127.0.0.1 that no other site of this user on this machine uses. */
export interface ReservedPort {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * Reserves a port. "Bind to 0 and close" would not do: between that and the server's own bind, and again while a server restarts,
 * an outgoing connection of the load generator could be given the port. So it is taken from below that range, and a
 * file that names this process keeps other tests away from it.
 */
export async function reservePort(): Promise<ReservedPort> {
  const directory = join(tmpdir(), `reloadctl-ports-${process.getuid?.() ?? 0}`);
  mkdirSync(directory, { recursive: true });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const file = join(directory, String(port));
    if (!(await tryClaim(file))) continue;
    if (await canBind(port)) return { port, release: () => rm(file, { force: true }) };
    await rm(file, { force: true });
  }
  throw new Error(`no free port on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}`);
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
