import { stripVTControlCharacters } from 'node:util';
import type { OutputStream } from '../output-stream.ts';
import { DEFAULT_COLUMNS } from '../output-stream.ts';
import { displayWidth } from '../text/width.ts';

const ESC = '\u001b[';
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const ERASE_LINE = `${ESC}2K`;
const ERASE_BELOW = `${ESC}J`;

/**
 * Lines at the bottom of a terminal that are drawn again in place. Each drawing is one write, which hides the cursor only
 * for its own duration: however the process ends, even by KILL, the terminal is left as it was, with the cursor below.
 */
export class ScreenRegion {
  readonly #stream: OutputStream;
  #drawn: readonly string[] = [];

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** Replaces what was drawn before by `lines`, none of which may be wider than the terminal. */
  draw(lines: readonly string[]): void {
    const body = lines.map((line) => `${ERASE_LINE}${line}\n`).join('');
    this.#stream.write(`${HIDE_CURSOR}${this.#toTop()}${body}${ERASE_BELOW}${SHOW_CURSOR}`);
    this.#drawn = lines;
  }

  /** Replaces what was drawn before by `lines` that stay; the next drawing begins below them. */
  leave(lines: readonly string[]): void {
    // These may be wider than the terminal, so that erasing line by line would miss some rows.
    const body = lines.map((line) => `${line}\n`).join('');
    this.#stream.write(`${this.#toTop()}${ERASE_BELOW}${body}`);
    this.#drawn = [];
  }

  /** Forgets what was drawn: somebody else has written below it, so it stays as it is. */
  abandon(): void {
    this.#drawn = [];
  }

  #toTop(): string {
    const rows = this.#drawn.reduce((sum, line) => sum + this.#rowsOf(line), 0);
    return rows === 0 ? '\r' : `\r${ESC}${rows}A`;
  }

  /** A terminal that has become narrower since has broken the line into several rows. */
  #rowsOf(line: string): number {
    const columns = this.#stream.columns ?? DEFAULT_COLUMNS;
    return Math.max(1, Math.ceil(displayWidth(stripVTControlCharacters(line)) / columns));
  }
}
