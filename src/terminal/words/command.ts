import type { Action } from '../../policy/actions.ts';
import { shellWord } from '../text/shown.ts';

/** A command line of reloadctl to be copied: '`reloadctl reload usercenter --allow-downtime`'. */
export function commandWords(command: string, target: string, ...options: string[]): string {
  return `\`${['reloadctl', command, shellWord(target), ...options].join(' ')}\``;
}

/** {@link commandWords} for the same action once more. */
export function sameCommand(action: Action, target: string, ...options: string[]): string {
  if (action === 'hard-restart') return commandWords('restart', target, '--hard', ...options);
  // By how many was told by whoever asked.
  if (action === 'scale') return commandWords('scale', target, 'N', ...options);
  return commandWords(action, target, ...options);
}
