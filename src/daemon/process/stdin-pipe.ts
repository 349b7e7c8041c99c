import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import { errnoOf } from '../../os/errno.ts';

/** More than this is not kept for a program that does not read its stdin. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** The two ends of a child's stdin that the child gets. */
export interface StdinOfChild {
  readonly readFd: number;
  /**
   * Not for use, but for having: as long as somebody could write, the child does not see the end of
   * its stdin.
   */
  readonly writeFd: number;
}

/**
 * The stdin of one process: a named pipe, so that the next daemon can write to it as well. The
 * child holds it open for writing, too, and never sees its end, whatever happens to us.
 */
export class StdinPipe {
  readonly #path: string;
  #fd: number | undefined;
  #socket: Socket | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the ends of a new child, without what an earlier one has left unread; a second child
   * (`isSecond`) shares them with the first. The caller closes them when the child has them.
   */
  openForChild({ isSecond }: { readonly isSecond: boolean }): StdinOfChild {
    const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    if (!isSecond) this.close();
    // As long as this is open, opening one end does not wait for the other.
    const both = openSync(this.#path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    try {
      if (!isSecond) drainPipe(both);
      const readFd = openSync(this.#path, O_RDONLY | O_NOFOLLOW);
      return { readFd, writeFd: openSync(this.#path, O_WRONLY | O_NOFOLLOW) };
    } finally {
      closeSync(both);
    }
  }

  /** Opens our end: while a child has, or an earlier daemon's child still has, its own. */
  openForWriting(): void {
    this.close();
    const { O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    try {
      this.#fd = openSync(this.#path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    } catch (error) {
      // ENXIO: nobody has it open for reading, so the process has closed its stdin.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** 'closed': the process has closed its stdin. 'full': it has not read for a megabyte. */
  write(data: Buffer): Result<true, 'closed' | 'full'> {
    if (this.#fd === undefined) return err('closed');
    const pending = this.#socket?.writableLength ?? 0;
    if (pending + data.length > MAX_PENDING_BYTES) return err('full');
    if (pending > 0) {
      this.#socket?.write(data);
      return ok(true);
    }
    try {
      const written = writeSync(this.#fd, data);
      if (written < data.length) this.#queue(this.#fd, data.subarray(written));
      return ok(true);
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') {
        this.#queue(this.#fd, data);
        return ok(true);
      }
      if (errnoOf(error) === undefined) throw error;
      this.close();
      return err('closed');
    }
  }

  /** Closes our end; what was not taken is lost. */
  close(): void {
    if (this.#socket !== undefined) this.#socket.destroy();
    else if (this.#fd !== undefined) closeSync(this.#fd);
    this.#socket = undefined;
    this.#fd = undefined;
  }

  #queue(fd: number, data: Buffer): void {
    if (this.#socket === undefined) {
      const socket = new Socket({ fd, readable: false, writable: true });
      socket.on('error', () => {
        // The process has closed its stdin or ended: the next write says so.
        if (this.#socket === socket) this.close();
      });
      this.#socket = socket;
    }
    this.#socket.write(data);
  }
}

function drainPipe(fd: number): void {
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    while (readSync(fd, buffer) > 0);
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error;
  }
}
