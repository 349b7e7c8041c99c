import { basename } from 'node:path';
import { SERVER_TYPES } from './registry.ts';
import type { Configured } from './configured.ts';
import type { ServerType } from './server-type.ts';

/** A server that a configured command starts. */
export interface ServerCall {
  readonly type: ServerType;
  /** The words after its own name. */
  readonly args: readonly string[];
}

const INTERPRETER = /^(python|pypy|ruby)[\d.]*$/;

/** The server that these words start; undefined for anything else. Wrappers have to be taken off before. */
export function readServerCall(words: readonly string[]): ServerCall | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  const name = basename(first);
  return INTERPRETER.test(name) ? readInterpreted(words) : readNamed(name, words.slice(1));
}

const readNamed = (name: string, args: readonly string[]): ServerCall | undefined =>
  find(args, ({ programs }) => programs.test(name));

/** The name alone does not tell: celery and rq are several programs in one. */
function find(
  args: readonly string[],
  isIt: (configured: Configured) => boolean,
): ServerCall | undefined {
  const type = SERVER_TYPES.find(
    ({ configured }) =>
      configured !== undefined && isIt(configured) && (configured.takes?.(args) ?? true),
  );
  return type === undefined ? undefined : { type, args };
}

function readInterpreted(words: readonly string[]): ServerCall | undefined {
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = words[index + 1] ?? '';
    const rest = words.slice(index + 2);
    if (word === '-m') return find(rest, ({ modules }) => modules?.includes(next) === true);
    if (word === '-W' || word === '-X') index += 1;
    else if (!word.startsWith('-')) {
      const name = basename(word);
      // Other commands of manage.py are the applications' own.
      const managed =
        name === 'manage.py'
          ? find(rest, ({ manageCommand }) => manageCommand === next)
          : undefined;
      return managed ?? readNamed(name, words.slice(index + 1));
    }
  }
  return undefined;
}
