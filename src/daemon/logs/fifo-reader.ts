import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ConnectOpts, SocketConstructorOpts } from 'node:net';
import { errnoOf } from '../../os/errno.ts';
import { createInTurn } from './in-turn.ts';

/** As much as one read takes, which is what a pipe holds (pipe(7)). */
const READ_BYTES = 64 * 1024;

/** More than any pipe of an ordinary user holds (/proc/sys/fs/pipe-max-size). */
const DRAIN_BYTES = 1024 * 1024;

/** Where every pipe is read into: what was read is copied before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/** Reads one pipe, never more than was dealt with. */
export interface FifoReader {
  /** Resolves when everything that is in the pipe now was dealt with. */
  drain(): Promise<void>;
  /** Reads no more until the result is called. Resolves when everything that was read has been dealt with. */
  hold(): Promise<() => void>;
  /** Closes the descriptor and leaves in the pipe what is there. To be called while it is held. */
  abandon(): void;
  /** Drains and closes the descriptor. Whatever is written later stays in the pipe. */
  close(): Promise<void>;
}

/**
 * Reads the pipe `fd` (opened with O_NONBLOCK), which it owns from now on. Nothing is read while `take` is at work on a chunk: a
 * writer that is faster has to wait as soon as the pipe is full. `take` does not reject.
 */
export function readFifo(
  fd: number,
  take: (chunk: Buffer) => Promise<void>,
  onTrouble: (text: string) => void,
): FifoReader {
  const inTurn = createInTurn();
  let holds = 0;
  let isClosed = false;
  // The constructor takes onread, too: net.connect does no more than hand it on.
  const socketOptions: SocketConstructorOpts & ConnectOpts = {
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: shared,
      callback: (length) => {
        const chunk = Buffer.from(shared.subarray(0, length));
        void whilePaused(async () => {
          await take(chunk);
          // A writer that is at it has written more meanwhile: asking the kernel about it each time would take longer than the reading.
          await empty();
        });
        return false;
      },
    },
  };
  const socket = new Socket(socketOptions);
  socket.on('error', (error) => {
    onTrouble(`the output of a program cannot be read any more: ${error.message}`);
  });

  async function whilePaused(work: () => Promise<void>): Promise<void> {
    holds += 1;
    socket.pause();
    await inTurn(work);
    holds -= 1;
    if (holds === 0 && !isClosed) socket.resume();
  }

  async function empty(): Promise<void> {
    // A descendant that goes on writing must not hold us for ever.
    for (let total = 0; total < DRAIN_BYTES && !isClosed;) {
      const chunk = readNow(fd);
      if (chunk === undefined) return;
      total += chunk.length;
      await take(chunk);
    }
  }

  return {
    drain: () => whilePaused(empty),
    hold: () =>
      new Promise((resolve) => {
        void whilePaused(
          () =>
            new Promise<void>((release) => {
              resolve(release);
            }),
        );
      }),
    abandon() {
      isClosed = true;
      socket.destroy();
    },
    async close() {
      await whilePaused(async () => {
        await empty();
        isClosed = true;
      });
      if (!socket.destroyed) {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.destroy();
        await closed;
      }
    },
  };
}

function readNow(fd: number): Buffer | undefined {
  try {
    const length = readSync(fd, shared, 0, READ_BYTES, null);
    return length === 0 ? undefined : Buffer.from(shared.subarray(0, length));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
