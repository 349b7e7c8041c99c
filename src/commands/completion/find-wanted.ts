import type { WordKind } from '../records/command-record.ts';
import type { CommandLineModel, CommandModel, OptionModel } from './command-model.ts';

/** What can stand at the cursor. */
export interface Wanted {
  readonly kind: WordKind | 'option' | 'nothing';
  /** The options that can be given here. */
  readonly options: readonly OptionModel[];
  /** What stands before the value in the same word: '--strategy='. */
  readonly prefix: string;
  /** The words of the command that are there already. */
  readonly given: readonly string[];
  /** The global options that were given, by their long names without '--'. */
  readonly globals: Readonly<Record<string, string>>;
}

/** What can follow these words, of which the first is the first one after the name of the program. */
export function findWanted(
  model: CommandLineModel,
  words: readonly string[],
  current: string,
): Wanted {
  const globals: Record<string, string> = {};
  const given: string[] = [];
  let command: CommandModel | undefined;
  let options = model.options;
  let pending: OptionModel | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      note(globals, pending, word);
      pending = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      const [flag = '', value] = splitValue(word);
      const option = options.find(({ flags }) => flags.includes(flag));
      if (option === undefined) continue;
      if (!option.takesValue) note(globals, option, '');
      else if (value === undefined) pending = option;
      else note(globals, option, value);
    } else if (command === undefined) {
      command = model.commands.find(({ name }) => name === word);
      if (command === undefined) return { ...NOTHING, globals };
      options = [...command.options, ...model.options];
    } else given.push(word);
  }
  const common = { options, prefix: '', given, globals };
  if (pending !== undefined) return { ...common, kind: pending.value ?? 'nothing' };
  if (current.startsWith('--') && current.includes('=')) {
    const [flag = ''] = splitValue(current);
    const option = options.find(({ flags }) => flags.includes(flag));
    return { ...common, kind: option?.value ?? 'nothing', prefix: `${flag}=` };
  }
  if (current.startsWith('-')) return { ...common, kind: 'option' };
  return { ...common, kind: command === undefined ? 'command' : nextWord(command, given.length) };
}

const NOTHING: Omit<Wanted, 'globals'> = { kind: 'nothing', options: [], prefix: '', given: [] };

function note(globals: Record<string, string>, option: OptionModel, value: string): void {
  const name = option.flags.at(-1)?.replace(/^--/, '');
  if (name !== undefined) globals[name] = value;
}

function splitValue(word: string): readonly string[] {
  const index = word.startsWith('--') ? word.indexOf('=') : -1;
  return index === -1 ? [word] : [word.slice(0, index), word.slice(index + 1)];
}

function nextWord(command: CommandModel, count: number): WordKind | 'nothing' {
  const last = command.words.at(-1);
  const isRepeated = last === 'programs' || last === 'groups';
  return command.words[count] ?? (isRepeated ? last : 'nothing');
}
