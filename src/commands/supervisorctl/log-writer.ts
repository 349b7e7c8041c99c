import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { escapeLog, LogText } from './log-text.ts';

/** Where logs go; process.stdout fits. */
export type LogStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Writes a log that is read at once, and a line feed, as supervisorctl does. Escaped where the stream is a terminal. */
export function writeLog(stream: LogStream, text: string): void {
  stream.write(`${stream.isTTY === true ? escapeLog(text) : text}\n`);
}

/** Writes a log that is followed: to a terminal escaped, to anything else byte for byte. */
export class LogWriter {
  readonly #stream: LogStream;
  readonly #text: LogText | undefined;

  constructor(stream: LogStream) {
    this.#stream = stream;
    this.#text = stream.isTTY === true ? new LogText() : undefined;
  }

  /** Settles when the stream takes more, or `abort` ends the waiting. */
  async write(piece: Buffer, abort: AbortSignal): Promise<void> {
    if (this.#stream.write(this.#text?.feed(piece) ?? piece)) return;
    // A reader that is gone is told to the stream's own listeners, who end the following.
    await once(this.#stream, 'drain', { signal: abort }).catch(() => undefined);
  }

  /** Nothing follows. */
  end(): void {
    const rest = this.#text?.end() ?? '';
    if (rest !== '') this.#stream.write(rest);
  }
}
