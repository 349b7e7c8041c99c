import { spawn } from 'node:child_process';
import { closeSync, readlinkSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import sendSockets from './send-sockets.py';

/** Sockets of another process, by its descriptors and their inodes. */
export interface SocketsElsewhere {
  readonly pid: number;
  readonly sockets: ReadonlyArray<{ readonly fd: number; readonly inode: number }>;
}

/** A Python has to be loaded, on a machine that may be busy. */
const LIMIT_MS = 10_000;

/**
 * Copies listening sockets of another process to this one; `interpreters` are paths of Pythons, of which the first that can be run does it. The value is our
 * descriptors, in the order of the sockets. It takes what ptrace(2) takes: to be the same user, or root, and no policy against it. The error is a
 * clause.
 */
export async function fetchSockets(
  from: SocketsElsewhere,
  interpreters: readonly string[],
): Promise<Result<readonly number[], string>> {
  let outcome: Result<readonly number[], string> = err('there is no Python to do it');
  for (const interpreter of interpreters) {
    outcome = await fetchBy(interpreter, from);
    if (outcome.ok) return outcome;
  }
  return outcome;
}

function fetchBy(
  interpreter: string,
  { pid, sockets }: SocketsElsewhere,
): Promise<Result<readonly number[], string>> {
  const args = ['-I', '-S', '-c', sendSockets, String(pid), ...sockets.map(({ fd }) => String(fd))];
  return new Promise((resolve) => {
    const child = spawn(interpreter, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
      cwd: '/',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const got: number[] = [];
    let failure: string | undefined;
    child.on('message', (message: { readonly error?: unknown }, handle: unknown) => {
      const fd = descriptorOf(handle);
      if (fd !== undefined) got.push(fd);
      else failure ??= String(message.error);
    });
    child.once('error', ({ message }) => {
      resolve(err(message));
    });
    child.once('close', (code, signal) => {
      const isWhole = got.length === sockets.length;
      if (isWhole && sockets.every(({ inode }, index) => isSocket(got[index], inode))) {
        resolve(ok(got));
        return;
      }
      for (const fd of got) closeSync(fd);
      const how = `${interpreter} ended with ${signal ?? `exit status ${code ?? 0}`}`;
      resolve(
        err(failure ?? (isWhole ? 'it has something else in the place of a socket by now' : how)),
      );
    });
  });
}

/** Node gives a handle without types, which is never closed: the descriptor is what is used. */
function descriptorOf(handle: unknown): number | undefined {
  const fd = (handle as { readonly fd?: unknown } | undefined)?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

/** Between the look and the copy the other one may have opened something else under the same number. */
function isSocket(fd: number | undefined, inode: number): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`;
}
