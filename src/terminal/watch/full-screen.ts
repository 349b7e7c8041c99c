import type { Span } from '../live/row.ts';
import type { OutputStream } from '../output-stream.ts';
import type { Theme } from '../theme.ts';
import { displayWidth } from '../text/width.ts';
import type { ScreenRow } from './screen-row.ts';

const ESC = '\u001b[';
const ERASE_TO_END = `${ESC}K`;
/** The alternate screen, without a cursor, and without breaking lines: a character may be wider than we think. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}H${ESC}2J`;

/** Gives the screen back as it was. A terminal without an alternate screen is left empty. */
export const LEAVE_SCREEN = `${ESC}0m${ESC}H${ESC}2J${ESC}?7h${ESC}?25h${ESC}?1049l`;

/**
 * The whole screen of a terminal. Draws only what differs from the last drawing: where a row consists of pieces of the same widths as
 * before, only the pieces that have changed.
 */
export class FullScreen {
  readonly #stream: OutputStream;
  readonly #theme: Theme;
  #drawn: readonly ScreenRow[] = [];
  #isEntered = false;

  constructor(stream: OutputStream, theme: Theme) {
    this.#stream = stream;
    this.#theme = theme;
  }

  /** Whether the screen is ours. */
  get isEntered(): boolean {
    return this.#isEntered;
  }

  /** Takes the screen. Also when it is ours already: then everything is drawn again. */
  enter(): void {
    this.#isEntered = true;
    this.#drawn = [];
    this.#stream.write(ENTER);
  }

  /** Gives the screen back. Calling it again does nothing. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#stream.write(LEAVE_SCREEN);
  }

  /** Shows `rows`, which must fit into the screen. Nothing is written where nothing has changed. */
  draw(rows: readonly ScreenRow[]): void {
    if (!this.#isEntered) return;
    const before = this.#drawn;
    const changes = rows.map((row, index) => this.#change(before[index], row, index + 1)).join('');
    const below = rows.length < before.length ? `${ESC}${rows.length + 1};1H${ESC}J` : '';
    this.#drawn = rows;
    if (changes + below !== '') this.#stream.write(changes + below);
  }

  /** What turns row number `number`, counted from 1, from `before` into `after`. */
  #change(before: ScreenRow | undefined, after: ScreenRow, number: number): string {
    const old = toPieces(before ?? []);
    const now = toPieces(after);
    const from = firstDifference(old, now);
    if (from === undefined) return '';
    if (!isSimple(old) || !isSimple(now)) {
      return `${ESC}${number};1H${ERASE_TO_END}${this.#paint(now)}`;
    }
    const isAligned =
      old.length === now.length &&
      old.every(({ text }, index) => text.length === now[index]?.text.length);
    return isAligned ? this.#patch(old, now, number) : this.#rewrite(now, from, number);
  }

  /** Only the pieces that differ, each in its place. */
  #patch(old: readonly Span[], now: readonly Span[], number: number): string {
    let written = '';
    let column = 1;
    let cursor = 0;
    for (const [index, piece] of now.entries()) {
      if (!isSame(piece, old[index])) {
        if (cursor !== column) written += `${ESC}${number};${column}H`;
        written += this.#paint([piece]);
        cursor = column + piece.text.length;
      }
      column += piece.text.length;
    }
    return written;
  }

  /** From the first piece that differs to the end of the row. */
  #rewrite(now: readonly Span[], from: number, number: number): string {
    const column = now.slice(0, from).reduce((sum, { text }) => sum + text.length, 1);
    return `${ESC}${number};${column}H${ERASE_TO_END}${this.#paint(now.slice(from))}`;
  }

  #paint(pieces: readonly Span[]): string {
    return pieces
      .map(({ text, tone }) => (tone === undefined ? text : this.#theme.paint(tone, text)))
      .join('');
  }
}

/** A painted line is one piece, which counts as not simple because of its colours. */
function toPieces(row: ScreenRow): readonly Span[] {
  if (typeof row !== 'string') return row;
  return row === '' ? [] : [{ text: row }];
}

/** Every character is one column: only then does the number of characters say where a piece is, on every terminal. */
function isSimple(pieces: readonly Span[]): boolean {
  return pieces.every(
    ({ text }) => /^[\x20-\x7e─-╿█░]*$/u.test(text) && displayWidth(text) === text.length,
  );
}

function firstDifference(old: readonly Span[], now: readonly Span[]): number | undefined {
  const length = Math.max(old.length, now.length);
  for (let index = 0; index < length; index += 1) {
    const piece = now[index];
    if (piece === undefined || !isSame(piece, old[index])) return index;
  }
  return undefined;
}

function isSame(a: Span, b: Span | undefined): boolean {
  return a.text === b?.text && a.tone === b.tone;
}
