import { splitWords } from '../../config/python/text.ts';

/** The words of a command. supervisorctl joins its arguments and splits them at white space, so "a b" is two words there. */
export function wordsOf(args: readonly string[]): readonly string[] {
  return splitWords(args.join(' '));
}
