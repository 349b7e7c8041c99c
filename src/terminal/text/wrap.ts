import { displayWidth } from './width.ts';

/** A command in backticks counts as one word. */
const WORD = /(?:`[^`]*`|[^ `]|`)+/gu;

/**
 * `text` broken at blanks into lines of at most `width` columns. A word that is longer stands alone on its line and is
 * broken only with `breakWords`; otherwise paths and commands (in backticks) stay whole, so that they can be copied.
 */
export function wrapText(
  text: string,
  width: number,
  options: { readonly breakWords?: boolean } = {},
): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text, options.breakWords === true ? width : undefined)) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** {@link wrapText} with `first` before the first line and blanks of the same width before the others. */
export function wrapHanging(
  first: string,
  text: string,
  width: number,
  options: { readonly breakWords?: boolean } = {},
): string[] {
  const indent = displayWidth(first);
  return wrapText(text, Math.max(10, width - indent), options).map(
    (line, index) => (index === 0 ? first : ' '.repeat(indent)) + line,
  );
}

function wordsOf(text: string, maxWidth: number | undefined): string[] {
  const words = text.match(WORD) ?? [];
  return maxWidth === undefined ? words : words.flatMap((word) => pieces(word, maxWidth));
}

function pieces(word: string, maxWidth: number): string[] {
  const result: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && displayWidth(piece + character) > maxWidth) {
      result.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...result, piece];
}
