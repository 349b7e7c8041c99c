import type { Command, Option } from 'commander';
import { STRATEGIES } from '../../config/settings/setting-values.ts';

/** What stands for the value of an option, or a word of a command. */
export type WordKind =
  | 'program'
  | 'programs'
  | 'group'
  | 'groups'
  | 'command'
  | 'file'
  | 'directory'
  | { readonly choices: readonly string[] };

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

const SIGNALS = 'HUP INT QUIT TERM USR1 USR2 WINCH TTIN TTOU CONT KILL'.split(' ');

/** What the words of the commands are; commands that are not named take none. */
const WORDS: Readonly<Record<string, readonly WordKind[]>> = {
  reload: ['programs'],
  restart: ['programs'],
  start: ['programs'],
  stop: ['programs'],
  'reopen-logs': ['programs'],
  scale: ['programs'],
  upgrade: ['programs'],
  plan: [{ choices: 'reload restart start stop reopen-logs scale upgrade'.split(' ') }, 'programs'],
  check: ['programs'],
  status: ['programs'],
  top: ['programs'],
  doctor: ['programs'],
  signal: [{ choices: SIGNALS }, 'programs'],
  pid: ['programs'],
  tail: ['program', { choices: ['stdout', 'stderr'] }],
  clear: ['programs'],
  fg: ['program'],
  update: ['groups'],
  add: ['groups'],
  remove: ['groups'],
  help: ['command'],
  completion: [{ choices: ['bash', 'zsh', 'fish'] }],
};

/** Words that begin with '-' of commands whose words commander does not look at, and so does not know. */
const OWN_OPTIONS: Readonly<Record<string, readonly OptionModel[]>> = {
  tail: [{ flags: ['-f'], takesValue: false, value: undefined, description: 'follow it' }],
  maintail: [{ flags: ['-f'], takesValue: false, value: undefined, description: 'follow it' }],
};

const VALUES: Readonly<Record<string, WordKind>> = {
  '--configuration': 'file',
  '--history_file': 'file',
  '--logfile': 'file',
  '--pidfile': 'file',
  '--directory': 'directory',
  '--childlogdir': 'directory',
  '--strategy': { choices: STRATEGIES },
};

/** What can be typed, from what the program says of itself. */
export function modelOf(program: Command): CommandLineModel {
  const help: OptionModel = {
    flags: ['-h', '--help'],
    takesValue: false,
    value: undefined,
    description: 'print the help',
  };
  return {
    options: [...program.options.map(modelOfOption), help],
    commands: program.commands
      .filter((command) => !command.name().startsWith('__'))
      .map((command) => ({
        name: command.name(),
        description: command.description(),
        options: [
          ...command.options.map(modelOfOption),
          ...(OWN_OPTIONS[command.name()] ?? []),
          help,
        ],
        words: WORDS[command.name()] ?? [],
      })),
  };
}

function modelOfOption(option: Option): OptionModel {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    takesValue: option.required || option.optional,
    value: VALUES[option.long ?? ''],
    description: option.description,
  };
}
