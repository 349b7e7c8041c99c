import { isAbsolute, join } from 'node:path';
import type { Program } from '../../config/program.ts';
import { splitCommand } from '../../config/split-command.ts';

/** A link that programs are started through, and the releases before and after it moves. */
export interface ReleasePlace {
  /** Absolute, as the programs name it. */
  readonly link: string;
  /** Where the link leads now; every link resolved. */
  readonly from: string;
  /** Where it is to lead; every link resolved. */
  readonly to: string;
}

/** What may stand before a path inside a word (`PYTHONPATH=a:b`, `--chdir=a`), and after it. */
const BEFORE = /[\s"'=:,;@(]/u;
const AFTER = /[/\s"':,;)]/u;

/** `text` with `path`, where it stands there as a path or as the beginning of one, replaced. */
export function replacePath(text: string, path: string, by: string): string {
  let result = '';
  let rest = 0;
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + path.length)) {
    const before = text[at - 1];
    const after = text[at + path.length];
    const isPath =
      (before === undefined || BEFORE.test(before)) && (after === undefined || AFTER.test(after));
    if (!isPath) continue;
    result += text.slice(rest, at) + by;
    rest = at + path.length;
  }
  return result + text.slice(rest);
}

/** A text of the configuration as it will be understood once the link has moved. */
export const afterMove = (text: string, { link, to }: ReleasePlace): string =>
  replacePath(text, link, to);

/** {@link afterMove} for every value. */
export function environmentAfterMove(
  environment: Readonly<Record<string, string>>,
  place: ReleasePlace,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, afterMove(value, place)]),
  );
}

/** The program as its next start would find it once the link has moved. */
export function programAfterMove(program: Program, place: ReleasePlace): Program {
  const words = splitCommand(program.command);
  return {
    ...program,
    command: words.ok
      ? words.value.map((word) => quote(afterMove(word, place))).join(' ')
      : program.command,
    directory: program.directory === undefined ? undefined : afterMove(program.directory, place),
    environment: environmentAfterMove(program.environment, place),
  };
}

/** A word that splitCommand gives back as it is. */
const quote = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;

/** The paths that a program's next start names: directory, words of the command, values of its environment. */
export function pathsOf({ directory, command, environment }: Program): readonly string[] {
  const words = splitCommand(command);
  const texts = [...(words.ok ? words.value : []), ...Object.values(environment)];
  const found = texts
    .flatMap((text) => text.split(/[\s"'=:,;@()]+/u))
    .flatMap((part) => {
      if (isAbsolute(part)) return [part];
      return directory !== undefined && part !== '' && !part.startsWith('-')
        ? [join(directory, part)]
        : [];
    });
  return [...new Set([...(directory === undefined ? [] : [directory]), ...found])];
}
