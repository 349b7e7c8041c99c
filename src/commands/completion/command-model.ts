import { Option } from 'commander';
import type { CommandRecord, OptionRecord, WordKind } from '../records/command-record.ts';
import { GLOBAL_OPTIONS, VERSION_OPTION } from '../records/options.ts';

/** An option as it can be typed. */
export interface OptionModel {
  /** '-c' and '--configuration'. */
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  /** What the value can be; undefined where nothing is known of it. */
  readonly value: WordKind | undefined;
  readonly description: string;
}

/** A command as it can be typed. */
export interface CommandModel {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionModel[];
  /** What its words are, in their order; 'programs' and 'groups' stand for any number of them. */
  readonly words: readonly WordKind[];
}

/** The command line as it can be typed. */
export interface CommandLineModel {
  readonly options: readonly OptionModel[];
  readonly commands: readonly CommandModel[];
}

/** What can be typed, from the records of the commands. */
export function modelOf(commands: readonly CommandRecord[]): CommandLineModel {
  return {
    options: [VERSION_OPTION, ...GLOBAL_OPTIONS, HELP].map(modelOfOption),
    commands: commands
      .filter(({ isHidden }) => isHidden !== true)
      .map(({ name, description, options = [], wordOptions = [], arguments: words = [] }) => ({
        name,
        description,
        options: [...options, ...wordOptions, HELP].map(modelOfOption),
        words: words.flatMap(({ kind }) => kind ?? []),
      })),
  };
}

/** Every command has it. */
const HELP: OptionRecord = { flags: '-h, --help', doc: 'print the help' };

function modelOfOption({ flags, doc, kind }: OptionRecord): OptionModel {
  const { short, long, required } = new Option(flags);
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    takesValue: required,
    value: kind,
    description: doc,
  };
}
