import type { Command } from 'commander';
import type { Interruption } from '../../reload/interruption.ts';
import type { Context, GlobalOptions } from '../context.ts';

/** What a word of a command, or the value of an option, names. */
export type WordKind =
  | 'program'
  | 'programs'
  | 'group'
  | 'groups'
  | 'command'
  | 'file'
  | 'directory'
  | 'action'
  | 'signal'
  | 'strategy'
  | 'channel'
  | 'shell';

/** An option, of a command or of all. */
export interface OptionRecord {
  /** '-c, --configuration <FILE>'. */
  readonly flags: string;
  readonly doc: string;
  /** What its value names, where that can be completed. */
  readonly kind?: WordKind;
  /** What becomes of its values, for one that may be given several times or must not be. */
  readonly collect?: (value: string, previous: never) => unknown;
}

/** A word that a command takes: '<ACTION>', '[TARGET...]'. */
export interface ArgumentRecord {
  readonly name: string;
  readonly doc?: string;
  readonly kind?: WordKind;
}

/** One run of a command. */
export interface Call<Flags = never> {
  readonly context: Context;
  /** What was given, without the options. */
  readonly words: readonly string[];
  readonly flags: Flags;
  /** How a person ends it early; asked for by commands that end in order. */
  readonly interruption: () => Interruption;
  /** Has everything that is still open left as it is when the command is over. */
  readonly endAtOnce: () => void;
  /** The command line and its commands, for those that are about it. */
  readonly program: Command;
  readonly commands: readonly CommandRecord[];
  readonly createContext: (options: GlobalOptions) => Context;
}

/** All that is said of a command; its code is loaded when it runs. */
export interface CommandRecord {
  readonly name: string;
  readonly description: string;
  /** The heading in the list of commands; undefined for those of reloadctl itself. */
  readonly group?: string;
  readonly arguments?: readonly ArgumentRecord[];
  /** How it is used, where the names of the arguments do not say it. */
  readonly usage?: string;
  readonly options?: readonly OptionRecord[];
  /** Words that look like options and are none: supervisorctl has no options of commands. */
  readonly wordOptions?: readonly OptionRecord[];
  /** The words are taken as they come, also those that begin with '-', or without these. */
  readonly takesAny?: 'words' | 'operands';
  /** Calls as they are typed, without the name of the program, and what each is for. */
  readonly examples: ReadonlyArray<readonly [line: string, does: string]>;
  /** Asked by scripts of ours; shown to nobody. */
  readonly isHidden?: true;
  /** In the shell it is refused, being a process of its own, or ends the shell. */
  readonly inShell?: 'refused' | 'ends';
  /** What a person is asked before it, unless it is used wrongly. */
  readonly question?: string;
  /** Resolves with the exit code. */
  readonly run: (call: Call) => Promise<number>;
}

/** What follows the name of a command: 'ACTION [TARGET...]'. */
export function synopsisOf({ usage, arguments: words = [] }: CommandRecord): string {
  return usage ?? words.map(({ name }) => name).join(' ');
}
