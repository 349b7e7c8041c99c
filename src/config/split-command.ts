import type { Result } from '../base/result.ts';
import { tokenize } from './python/lexer.ts';

/**
 * The argv of a command as supervisord splits it: Python's shlex.split, no shell, '#' is ordinary.
 * The error is shlex's: 'No closing quotation' or 'No escaped character'.
 */
export function splitCommand(command: string): Result<readonly string[], string> {
  return tokenize(command, { posix: true, isWord: () => true, comments: false });
}
