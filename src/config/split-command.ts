import type { Result } from '../base/result.ts';
import { tokenize } from './python/lexer.ts';

/**
 * The argv of a program's command, split as supervisord splits it: Python's shlex.split, POSIX rules, no shell. Line breaks are
 * white space and '#' is an ordinary character. The error is shlex's: 'No closing quotation' or 'No escaped character'.
 */
export function splitCommand(command: string): Result<readonly string[], string> {
  return tokenize(command, { posix: true, isWord: () => true, comments: false });
}
