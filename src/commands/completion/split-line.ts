/** A line as it is typed: its words, and the one that the cursor is in. */
export interface SplitLine {
  /** The words before {@link SplitLine.current}. */
  readonly words: readonly string[];
  /** The last word as far as it is typed; '' after a blank. */
  readonly current: string;
  /** The line ends within quotation marks. */
  readonly isQuoted: boolean;
}

/**
 * Splits a line at blanks; quotation marks of both kinds keep blanks in a word, and one that is not closed lasts to the end of the line.
 * With `backslash` that takes the meaning of the next character away, as in a shell.
 */
export function splitLine(line: string, { backslash }: { readonly backslash: boolean }): SplitLine {
  const words: string[] = [];
  let current: string | undefined;
  let quote: string | undefined;
  let isEscaped = false;
  for (const character of line) {
    if (isEscaped) {
      current = (current ?? '') + character;
      isEscaped = false;
    } else if (backslash && character === '\\' && quote !== "'") {
      isEscaped = true;
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else current = (current ?? '') + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      current ??= '';
    } else if (/\s/u.test(character)) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else current = (current ?? '') + character;
  }
  return { words, current: current ?? '', isQuoted: quote !== undefined };
}
