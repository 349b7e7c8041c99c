import { close, constants, fstat, open } from 'node:fs';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Both ends of a named pipe. */
export interface Fifo {
  /** Reads at once or fails (O_NONBLOCK). */
  readonly readFd: number;
  /** For children: O_RDWR, so that the pipe has a reader as long as one of its writers lives; waits when the pipe is full. */
  readonly writeFd: number;
}

/**
 * Opens the named pipe at `path`. It is given to `owner`: opening /dev/stdout checks the permissions of the pipe once more, as the child's
 * user. Throws the system error, or an Error when it is no pipe.
 */
export async function openFifo(
  path: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<Fifo> {
  const { O_RDWR, O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const openFd = promisify(open);
  if (owner !== undefined && process.geteuid?.() === 0) await chown(path, owner.uid, owner.gid);
  const writeFd = await openFd(path, O_RDWR | O_NOFOLLOW);
  try {
    if (!(await promisify(fstat)(writeFd)).isFIFO()) throw new Error(`${path} is not a named pipe`);
    return { writeFd, readFd: await openFd(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) };
  } catch (error) {
    await promisify(close)(writeFd);
    throw error;
  }
}
