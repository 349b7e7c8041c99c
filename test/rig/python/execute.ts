import { runCommand, type CommandResult } from '../command.ts';

/** Runs a command to its end with umask 022, so that what it makes can be read by others. One that does not start has code 127. */
export function execute(argv: readonly string[], timeoutMs = 300_000): Promise<CommandResult> {
  return runCommand(['sh', '-c', 'umask 022 && exec "$@"', 'sh', ...argv], { timeoutMs });
}

/** The last line of `text` that holds something: what a failed command complained about. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
