import type { Buffer } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import { escapeForTerminal } from '../../terminal/text/escape.ts';

/**
 * A log for a terminal: everything that a terminal could obey is shown as \xNN or \u{NNNN}, line feeds and tabs apart. A log is whatever
 * somebody made a server write. Takes pieces cut anywhere.
 */
export class LogText {
  readonly #decoder = new StringDecoder('utf8');
  /** A CR at the end of a piece: with the LF that may follow it is a line end. */
  #heldBack = '';

  /** The next piece, as far as it can be shown already. */
  feed(piece: Buffer): string {
    const text = this.#heldBack + this.#decoder.write(piece);
    this.#heldBack = text.endsWith('\r') ? '\r' : '';
    return escapeLog(text.slice(0, text.length - this.#heldBack.length));
  }

  /** What was held back, when nothing follows. */
  end(): string {
    const rest = escapeLog(this.#heldBack + this.#decoder.end());
    this.#heldBack = '';
    return rest;
  }
}

/** As {@link LogText}, for a text that is complete. */
export function escapeLog(text: string): string {
  return escapeForTerminal(text, { block: true, maxLength: Number.POSITIVE_INFINITY });
}
