import type { OutputStream } from '../../../../src/terminal/output-stream.ts';
import { displayWidth } from '../../../../src/terminal/text/width.ts';

/** The control sequences that the live renderer may use; anything else fails the test. */
const TOKEN = /\u001b\[(\??)(\d*)([A-Za-z])|\r|\n|[^\u001b\r\n]/gu;

/**
 * A terminal as far as the live renderer needs one: rows without an end, lines that wrap at the right edge, and the few
 * sequences of ECMA-48 that are used. `lines` is what a person would see.
 */
export class VirtualScreen implements OutputStream {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorVisible = true;
  writes = 0;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    this.writes += 1;
    for (const [token, mark, count, final] of text.matchAll(TOKEN)) {
      if (final === undefined) this.#print(token);
      else this.#obey(mark ?? '', count ?? '', final);
    }
    return true;
  }

  get lines(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** The row of the cursor, counted from 0 at the top of everything that was ever written. */
  get cursorRow(): number {
    return this.#row;
  }

  /** What most terminals do when they become narrower: longer lines are broken into several. */
  narrow(columns: number): void {
    const above = this.#lines.slice(0, this.#row);
    const broken = above.flatMap((line) => {
      const pieces: string[] = [];
      for (let at = 0; at < Math.max(1, line.trimEnd().length); at += columns) {
        pieces.push(line.slice(at, at + columns));
      }
      return pieces;
    });
    this.#lines = [...broken, ...this.#lines.slice(this.#row)];
    this.#row = broken.length;
    this.columns = columns;
  }

  #print(token: string): void {
    if (token === '\r') {
      this.#column = 0;
    } else if (token === '\n') {
      this.#down();
    } else {
      const width = displayWidth(token);
      if (this.#column + width > this.columns) this.#down();
      const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
      this.#lines[this.#row] =
        line.slice(0, this.#column) + token + line.slice(this.#column + token.length);
      this.#column += width;
    }
  }

  #down(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
  }

  #obey(mark: string, count: string, final: string): void {
    const command = mark + final;
    if (command === 'A') this.#row = Math.max(0, this.#row - Number(count || '1'));
    else if (command === 'K' && count === '2') this.#lines[this.#row] = '';
    else if (command === 'J' && count === '') this.#eraseBelow();
    else if (command === '?h' && count === '25') this.cursorVisible = true;
    else if (command === '?l' && count === '25') this.cursorVisible = false;
    else if (command !== 'm') throw new Error(`unexpected sequence CSI ${mark}${count}${final}`);
  }

  #eraseBelow(): void {
    this.#lines = this.#lines.slice(0, this.#row + 1);
    this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
  }
}
