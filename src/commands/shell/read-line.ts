import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';

/**
 * The next line of a stream of bytes, without its end; undefined when there is no more, or `abort` is. Nothing behind the line is taken, so that
 * somebody else can read on.
 */
export async function readLine(stream: Readable, abort?: AbortSignal): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) {
      if (abort?.aborted === true) return undefined;
      if (stream.readableEnded || stream.destroyed) {
        return pieces.length === 0 ? undefined : Buffer.concat(pieces).toString();
      }
      await change(stream, abort);
      continue;
    }
    const end = chunk.indexOf('\n');
    if (end === -1) {
      pieces.push(chunk);
      continue;
    }
    pieces.push(chunk.subarray(0, end));
    if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
    return Buffer.concat(pieces).toString();
  }
}

/** Settles when there may be something to read, or nothing more will come. */
async function change(stream: Readable, abort: AbortSignal | undefined): Promise<void> {
  const events = ['readable', 'end', 'close', 'error'];
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      for (const event of events) stream.off(event, settle);
      abort?.removeEventListener('abort', settle);
      resolve();
    };
    for (const event of events) stream.on(event, settle);
    abort?.addEventListener('abort', settle);
  });
}
