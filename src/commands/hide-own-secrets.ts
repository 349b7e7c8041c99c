import { redactArgv } from '../base/secrets/redact-command.ts';

/**
 * Takes a password that was given as an option out of the list of processes, which every user can read (proc(5), cmdline). Between execve(2) and here
 * it can be seen. What `run` starts has its own arguments, and is found by them.
 */
export function hideOwnSecrets(): void {
  const [node = '', script = '', ...args] = process.argv;
  if (args.includes('run')) return;
  const [, ...shown] = redactArgv(['reloadctl', ...args]);
  if (shown.every((word, index) => word === args[index])) return;
  process.title = [node, script, ...shown].join(' ');
}
