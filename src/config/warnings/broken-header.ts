import type { Option } from '../text/dialect.ts';
import { SECTION_KINDS } from '../known-sections.ts';

/**
 * The bracket that an option lacks to be the section header as which it was meant: '[program:a' is an option since it has a colon, and
 * so is 'program:a]'. Undefined for other options.
 */
export function missingBracket({ key, value }: Option): '[' | ']' | undefined {
  if (key.startsWith('[')) return ']';
  return value.endsWith(']') && SECTION_KINDS.some(({ kind }) => kind === key) ? '[' : undefined;
}
