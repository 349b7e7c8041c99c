/**
 * White space as in Python's str methods, unlike trim(): no byte order mark, but U+001C to U+001F
 * and U+0085 (CPython 3.11, str.isspace).
 */
const SPACE =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
/** Not looked for from every space of a run: a line may have a million of them in the middle. */
const TRAILING = new RegExp(`(?<!${SPACE})${SPACE}+$`);
const ONE = new RegExp(`^${SPACE}$`);
const SEVERAL = new RegExp(`${SPACE}+`);

/** Python's str.strip(). */
export function strip(text: string): string {
  return stripEnd(text.replace(LEADING, ''));
}

/** Python's str.rstrip(). */
export function stripEnd(text: string): string {
  return text.replace(TRAILING, '');
}

/** Python's str.isspace() of one character; false for undefined. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && ONE.test(character);
}

/** Python's str.split(): the words between white space. */
export function splitWords(text: string): readonly string[] {
  return text.split(SEVERAL).filter((word) => word !== '');
}

/** The number of characters before the first that is not white space; 0 when there is none. */
export function indentationOf(line: string): number {
  return strip(line) === '' ? 0 : (LEADING.exec(line)?.[0].length ?? 0);
}

/** Order by code point, as Python sorts strings; JavaScript's own order is by UTF-16 unit. */
export function compareCodePoints(left: string, right: string): number {
  const leftPoints = Array.from(left);
  const rightPoints = Array.from(right);
  for (let index = 0; index < Math.min(leftPoints.length, rightPoints.length); index += 1) {
    const difference =
      (leftPoints[index]?.codePointAt(0) ?? 0) - (rightPoints[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return leftPoints.length - rightPoints.length;
}
