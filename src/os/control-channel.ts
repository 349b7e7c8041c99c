import type { Socket } from 'node:net';
import { printable } from '../base/printable.ts';
import { errnoOf } from './errno.ts';
import type { Files } from './files.ts';
import type { ChannelAnswer } from './os.ts';

/** An answer of a control socket is a few lines; what is longer is cut. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Writes a message into a server's control channel; see Os.tell. */
export async function tellChannel(
  channel: 'fifo' | 'unix-socket',
  path: string,
  message: string,
  timeoutMs: number,
  files: Pick<Files, 'writeFifo' | 'connect'>,
): Promise<ChannelAnswer> {
  if (channel === 'fifo') {
    const written = await files.writeFifo(path, message);
    return written.ok ? { ok: true, answer: '' } : { ok: false, error: explain(written.error) };
  }
  const connected = await files.connect(path);
  return connected.ok
    ? converse(connected.value, message, timeoutMs)
    : { ok: false, error: explain(connected.error) };
}

function converse(socket: Socket, message: string, timeoutMs: number): Promise<ChannelAnswer> {
  return new Promise((resolve) => {
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
    socket.on('data', (chunk: string) => {
      if (answer.length < MAX_ANSWER_BYTES) answer += chunk;
    });
    socket.on('end', () => {
      finish({ ok: true, answer: answer.slice(0, MAX_ANSWER_BYTES) });
    });
    socket.on('error', (error) => {
      finish({ ok: false, error: explain(errnoOf(error) ?? printable(String(error))) });
    });
    socket.end(message);
  });
}

function explain(error: string): string {
  switch (error) {
    case 'ENXIO':
      return 'nobody reads it';
    case 'ENOENT':
      return 'it is not there';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be written by us';
    case 'ECONNREFUSED':
      return 'nobody listens on it';
    default:
      return error;
  }
}
