import type { Option } from '../text/dialect.ts';
import { SECTION_KINDS } from '../known-sections.ts';

/**
 * The bracket that is missing from an option that was meant as a section header ('[program:a',
 * 'program:a]'); undefined for others.
 */
export function missingBracket({ key, value }: Option): '[' | ']' | undefined {
  if (key.startsWith('[')) return ']';
  return value.endsWith(']') && SECTION_KINDS.some(({ kind }) => kind === key) ? '[' : undefined;
}
