import { spawn } from 'node:child_process';
import { err, ok, type Result } from '../../base/result.ts';
import type { Credentials } from '../../os/credentials.ts';

/** A bound socket that is to listen. */
export interface BoundFd {
  readonly fd: number;
  readonly backlog: number;
  /** As whom; undefined: ourselves. */
  readonly user?: Credentials | undefined;
}

/**
 * Runs to its end without a turn of its event loop, so that it accepts nothing itself. Its arguments are a user in JSON and the backlogs, its descriptors
 * from 3 on the sockets. It prints what went wrong.
 */
const SCRIPT = `
const net = require('node:net');
const [as, ...backlogs] = process.argv.slice(1);
const user = JSON.parse(as);
if (user !== null) {
  process.setgroups(user.groups);
  process.setgid(user.gid);
  process.setuid(user.uid);
}
const listens = ([index, backlog]) => {
  const server = net.createServer();
  server.on('error', ({ code }) => { process.stdout.write(String(code)); process.exit(1); });
  server.listen({ fd: 3 + index, backlog: Number(backlog) });
  return server.listening;
};
if ([...backlogs.entries()].every(listens)) process.exit(0);
`;

/**
 * Calls listen(2) on sockets of ours. A process of its own has to do it: in ours the event loop would accept every connection from then
 * on. The error is the name of a system error.
 */
export async function listenOn(sockets: readonly BoundFd[]): Promise<Result<true, string>> {
  const users = new Set(sockets.map(({ user }) => JSON.stringify(user ?? null)));
  for (const as of users) {
    const theirs = sockets.filter((each) => JSON.stringify(each.user ?? null) === as);
    const listening = await listenAs(as, theirs);
    if (!listening.ok) return listening;
  }
  return ok(true);
}

function listenAs(as: string, sockets: readonly BoundFd[]): Promise<Result<true, string>> {
  const args = ['-e', SCRIPT, '--', as, ...sockets.map(({ backlog }) => String(backlog))];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'ignore', ...sockets.map(({ fd }) => fd)],
      env: {},
      cwd: '/',
    });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', ({ message }) => {
      resolve(err(message));
    });
    child.once('close', (code) => {
      resolve(code === 0 ? ok(true) : err(said === '' ? 'listen(2) failed' : said));
    });
  });
}
