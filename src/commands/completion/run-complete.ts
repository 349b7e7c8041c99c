import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { Context, GlobalOptions } from '../context.ts';
import type { CommandRecord } from '../records/command-record.ts';
import { modelOf } from './command-model.ts';
import { findWanted } from './find-wanted.ts';
import { listCandidates, needsNames, type Candidate } from './list-candidates.ts';
import { readNames } from './read-names.ts';
import type { ShellName } from './scripts.ts';
import { splitLine } from './split-line.ts';

/** What a shell's script passes on, in the terms of that shell. */
interface Typed {
  readonly words: readonly string[];
  readonly current: string;
  /** What of `current` the shell does not want to get back, since for it a new word begins after it. */
  readonly cut: number;
  readonly isQuoted: boolean;
}

/** `__complete SHELL`: prints what can stand at the cursor, for the scripts of `completion`. Bounded in time, and never an error. */
export async function runComplete(
  commands: readonly CommandRecord[],
  createContext: (options: GlobalOptions) => Context,
  [shell, ...args]: readonly string[],
): Promise<ExitCode> {
  const { words, current, cut, isQuoted } = readTyped(shell, args);
  const model = modelOf(commands);
  const wanted = findWanted(model, words, current);
  if (wanted.kind === 'file' || wanted.kind === 'directory') {
    print([wanted.kind === 'file' ? ':files' : ':directories']);
    return EXIT.ok;
  }
  const context = createContext({ ...wanted.globals, color: false });
  try {
    const names = needsNames(wanted) ? await readNames(context) : { processes: [], groups: [] };
    const candidates = listCandidates(model, wanted, current, names);
    const shown = candidates
      .filter(({ word }) => isPlain(word))
      .map((candidate) => format(shell as ShellName, candidate, cut, isQuoted));
    print([':words', ...shown]);
  } finally {
    context.close();
  }
  return EXIT.ok;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** bash passes the line up to the cursor, and the characters that end a word for it; the others pass words. */
function readTyped(shell: string | undefined, args: readonly string[]): Typed {
  if (shell !== 'bash') {
    return { words: args.slice(0, -1), current: args.at(-1) ?? '', cut: 0, isQuoted: true };
  }
  const [line = '', breaks = ''] = args;
  const { words, current, isQuoted } = splitLine(line, { backslash: true });
  const ends = [':', '='].filter((end) => breaks.includes(end));
  const cut = isQuoted ? 0 : Math.max(...ends.map((end) => current.lastIndexOf(end) + 1), 0);
  return { words: words.slice(1), current, cut, isQuoted };
}

/** A name comes from a server, and what a shell puts into a line may be run. */
function isPlain(word: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(word);
}

function format(
  shell: ShellName,
  { word, description }: Candidate,
  cut: number,
  isQuoted: boolean,
): string {
  switch (shell) {
    case 'bash':
      return (isQuoted ? word : word.replaceAll(/[^\w:=@%+,./~-]/g, '\\$&')).slice(cut);
    case 'zsh':
      return (
        word.replaceAll(/[\\:]/g, '\\$&') + (description === undefined ? '' : `:${description}`)
      );
    case 'fish':
      return description === undefined ? word : `${word}\t${description}`;
  }
}
