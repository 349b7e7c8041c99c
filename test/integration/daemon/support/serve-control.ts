import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { HttpServer } from '../../../../src/config/program.ts';
import type { DaemonControl } from '../../../../src/daemon/daemon.ts';
import { openServers, type OpenServers } from '../../../../src/daemon/server/open-servers.ts';

/** Servers in the test's own process, over a daemon that knows nothing but what the test gives it. */
export interface ServedControl {
  readonly directory: string;
  readonly file: string;
  readonly url: string;
  readonly servers: OpenServers;
  /** What was logged, `level message`. */
  readonly log: readonly string[];
}

/** A directory that goes away at the end of the test. */
export function temporaryDirectory({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-server-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a unix server in `directory`, with these settings over the usual ones. It is closed at the end of the test. */
export async function serveControl(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  directory: string,
  control: Partial<DaemonControl>,
  settings: Partial<Extract<HttpServer, { kind: 'unix' }>> = {},
): Promise<ServedControl> {
  const log: string[] = [];
  const file = settings.file ?? join(directory, 's.sock');
  const server: HttpServer = {
    kind: 'unix',
    section: 'unix_http_server',
    file,
    chmod: 0o700,
    owner: undefined,
    username: undefined,
    password: undefined,
    ...settings,
  };
  const servers = await openServers(
    { pid: process.pid, state: () => 'RUNNING', ...control } as DaemonControl,
    {
      httpServers: [server],
      rpcInterfaces: [{ name: 'supervisor', factory: 'x:y', options: {} }],
    },
    { log: (level, message) => log.push(`${level} ${message}`) },
    () => 1_700_000_000,
  );
  onTestFinished(() => servers.close());
  return { directory, file, url: `unix://${file}`, servers, log };
}
