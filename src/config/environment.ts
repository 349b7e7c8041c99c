import { err, ok, type Result } from '../base/result.ts';
import { tokenize } from './python/lexer.ts';

/**
 * Whose rules apply where releases of supervisor differ: '4.2' is every release so far, 'head' the
 * unreleased 4.4.0.dev0 with POSIX quoting in environment=.
 */
export type Dialect = '4.2' | 'head';

const WORD = /^[A-Za-z0-9_/.+\-():]$/;
/** shlex in POSIX mode counts the letters of Latin-1 among words. */
const POSIX_WORD = /^[A-Za-z0-9_/.+\-():\u00df-\u00f6\u00f8-\u00ff\u00c0-\u00d6\u00d8-\u00de]$/;

/**
 * The pairs of an environment= value: tokens in triples, then one skipped token
 * (supervisor/datatypes.py, dict_of_key_value_pairs). The error is supervisord's.
 */
export function parseEnvironment(
  value: string,
  dialect: Dialect,
): Result<ReadonlyMap<string, string>, string> {
  const posix = dialect === 'head';
  const word = posix ? POSIX_WORD : WORD;
  const read = tokenize(value, { posix, isWord: (one) => word.test(one), comments: true });
  if (!read.ok) return read;
  const tokens = read.value;
  const pairs = new Map<string, string>();
  for (let at = 0; at < tokens.length; at += 4) {
    const [key, equals, content] = tokens.slice(at, at + 3);
    if (key === undefined || content === undefined || equals !== '=') {
      return err(`Unexpected end of key/value pairs in value '${value}'`);
    }
    pairs.set(key, posix ? content : content.replace(/^['"]+|(?<!['"])['"]+$/g, ''));
  }
  return ok(pairs);
}
