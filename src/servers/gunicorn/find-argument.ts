import type { GunicornCommandLine } from './command-line.ts';
import type { GunicornFacts } from './gunicorn-facts.ts';
import type { GunicornSettings } from './settings.ts';

/** The configuration file that a second master would look for elsewhere. */
export function findRelativeConfig(
  { args }: GunicornCommandLine,
  { isChdirSet }: GunicornSettings,
  masterCwd: string | undefined,
  startCwd: string | undefined,
): GunicornFacts['relativeConfig'] {
  const path = configArgument(args);
  if (path === undefined || path.startsWith('/') || path.startsWith('python:')) return undefined;
  return isChdirSet === true && masterCwd !== undefined && masterCwd !== startCwd
    ? { path, directory: masterCwd }
    : undefined;
}

/** What -c or --config names. */
export const configArgument = (args: readonly string[]): string | undefined =>
  findArgument(args, ['-c', '--config'])?.replace(/^file:/u, '');

/** The value of an option as argparse takes it: '-c X', '-cX', '--config X', '--config=X'. The last one counts. */
export function findArgument(
  args: readonly string[],
  names: readonly string[],
): string | undefined {
  let found: string | undefined;
  for (const [index, word] of args.entries()) {
    for (const name of names) {
      const glued = name.startsWith('--') ? `${name}=` : name;
      if (word === name) found = args[index + 1];
      else if (word.startsWith(glued) && !(glued === '-c' && word.startsWith('--'))) {
        found = word.slice(glued.length);
      }
    }
  }
  return found;
}
