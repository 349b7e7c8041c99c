import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { printable } from '../base/printable.ts';
import { errnoOf } from './errno.ts';
import type { ChannelAnswer } from './os.ts';

/** An answer of a control socket is a few lines; what is longer is cut. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Writes a message into a server's control channel; see Os.tell. */
export function tellChannel(
  channel: 'fifo' | 'unix-socket',
  path: string,
  message: string,
  timeoutMs: number,
): Promise<ChannelAnswer> {
  return channel === 'fifo' ? writeFifo(path, message) : askSocket(path, message, timeoutMs);
}

/** Without somebody who reads it, opening a FIFO to write would wait for ever; with O_NONBLOCK it fails with ENXIO (fifo(7)). */
async function writeFifo(path: string, message: string): Promise<ChannelAnswer> {
  try {
    // Without O_CREAT: a file that is not there is an error, not a new file.
    const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFIFO()) return { ok: false, error: 'not a FIFO' };
      await file.write(message);
      return { ok: true, answer: '' };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { ok: false, error: explain(error) };
  }
}

function askSocket(path: string, message: string, timeoutMs: number): Promise<ChannelAnswer> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    const finish = (result: ChannelAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      finish({ ok: false, error: `no end of its answer within ${timeoutMs} ms` });
    }, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(message));
    socket.on('data', (chunk: string) => {
      if (answer.length < MAX_ANSWER_BYTES) answer += chunk;
    });
    socket.on('end', () => {
      finish({ ok: true, answer: answer.slice(0, MAX_ANSWER_BYTES) });
    });
    socket.on('error', (error) => {
      finish({ ok: false, error: explain(error) });
    });
  });
}

function explain(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENXIO':
      return 'nobody reads it';
    case 'ENOENT':
      return 'it is not there';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be written by us';
    case 'ECONNREFUSED':
      return 'nobody listens on it';
    case undefined:
    default:
      return printable(String(error));
  }
}
