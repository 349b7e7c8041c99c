import { strip } from '../../config/python/text.ts';

/** What a line of the shell is. */
export type ParsedLine =
  | { readonly kind: 'empty' }
  /** No command; `line` is what supervisorctl repeats. */
  | { readonly kind: 'unknown'; readonly line: string }
  | { readonly kind: 'command'; readonly name: string; readonly rest: string };

/**
 * Takes a line apart as supervisorctl does (Python's cmd.py, Cmd.parseline): the command is made of letters, digits and underscores, whatever
 * comes then are its words, also without a blank between ('tail-5 web'), and '?x' is 'help x'. Commands with a hyphen in
 * their name, which supervisorctl has none of, are tried first.
 */
export function parseLine(text: string, commands: ReadonlySet<string>): ParsedLine {
  const stripped = strip(text);
  if (stripped === '') return { kind: 'empty' };
  const line = stripped.startsWith('?') ? `help ${stripped.slice(1)}` : stripped;
  const unknown = { kind: 'unknown', line } as const;
  const names = [/^[\w-]+/.exec(line)?.[0], /^\w+/.exec(line)?.[0]];
  const name = names.find((each) => each !== undefined && commands.has(each));
  if (name === undefined) return unknown;
  return { kind: 'command', name, rest: strip(line.slice(name.length)) };
}
