import { spawn } from 'node:child_process';
import { err, ok, type Result } from '../../base/result.ts';

/** A bound socket that is to listen. */
export interface BoundFd {
  readonly fd: number;
  readonly backlog: number;
}

/**
 * Runs to its end without a turn of its event loop, so that it accepts nothing itself. Its arguments are the backlogs, its descriptors from 3 on
 * the sockets. It prints what went wrong.
 */
const SCRIPT = `
const net = require('node:net');
const listens = ([index, backlog]) => {
  const server = net.createServer();
  server.on('error', ({ code }) => { process.stdout.write(String(code)); process.exit(1); });
  server.listen({ fd: 3 + index, backlog: Number(backlog) });
  return server.listening;
};
if ([...process.argv.slice(1).entries()].every(listens)) process.exit(0);
`;

/**
 * Calls listen(2) on sockets of ours. A process of its own has to do it: in ours the event loop would accept every connection from then
 * on. The error is the name of a system error.
 */
export function listenOn(sockets: readonly BoundFd[]): Promise<Result<true, string>> {
  const args = ['-e', SCRIPT, '--', ...sockets.map(({ backlog }) => String(backlog))];
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
