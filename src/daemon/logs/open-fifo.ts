import { close, constants, fstat, open } from 'node:fs';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Both ends of a named pipe. */
export interface Fifo {
  /** Reads at once or fails (O_NONBLOCK). */
  readonly readFd: number;
  /**
   * For children: O_WRONLY, since asyncio takes an output that can be read for one that nobody
   * reads any more; waits when the pipe is full.
   */
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
  if (owner !== undefined && process.geteuid?.() === 0) await chown(path, owner.uid, owner.gid);
  const readFd = await openForReading(path);
  try {
    if (!(await promisify(fstat)(readFd)).isFIFO()) throw new Error(`${path} is not a named pipe`);
    // It does not wait for a reader: that is us.
    const writeFd = await promisify(open)(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    return { readFd, writeFd };
  } catch (error) {
    await promisify(close)(readFd);
    throw error;
  }
}

/**
 * One more reader, for a child that is to have one while we are gone: without any, writing ends it
 * (pipe(7)).
 */
export function openForReading(path: string): Promise<number> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  return promisify(open)(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
}
