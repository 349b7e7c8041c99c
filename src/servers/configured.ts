import type { SignalName } from '../os/signals.ts';

/** What a stop signal does to a server that it does not stop gracefully. */
export type StopEffect =
  /** Requests or jobs in flight are cut off. */
  | 'cuts-off'
  /** The server reloads and does not stop: KILL ends it. */
  | 'reloads'
  /** The server does something else and does not stop: KILL ends it. */
  | 'goes-on'
  /** It waits for clients that may never leave. */
  | 'waits-for-clients';

/** A command of the configuration that starts a server. */
export interface ConfiguredCall {
  /** The words after the server's own name. */
  readonly args: readonly string[];
  /** What is written in the server's own configuration files, as far as they can be read. */
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What options or files of a program make of a stop signal. */
export interface StopRemark {
  /** undefined: it stops gracefully, or as well as any. */
  readonly effect: StopEffect | undefined;
  /** What changes the meaning. */
  readonly option?: string;
  /** The signal to take instead; undefined: the usual one. */
  readonly better?: SignalName;
  /** The environment has to be changed, not the signal. */
  readonly inEnvironment?: true;
}

/** How a program of the configuration is known to start a server, and what may be wrong with it. */
export interface Configured {
  /** The name of the program or script, without its directory. */
  readonly programs: RegExp;
  /** What stands after `python -m`. */
  readonly modules?: readonly string[] | undefined;
  /** The command of a Django application's manage.py. */
  readonly manageCommand?: string;
  /** Whether these arguments start this type, and nothing else of the same name. */
  readonly takes?: (args: readonly string[]) => boolean;
  /** The server's own configuration files. */
  readonly files?: (args: readonly string[]) => ReadonlyArray<string | undefined>;
  /** What makes it leave its supervisor, as it is written; undefined where it stays. */
  readonly leaves?: (call: ConfiguredCall) => string | undefined;
  /** The setting that says how long a graceful stop takes at most, and the seconds; undefined: unseen. */
  readonly grace?: (
    call: ConfiguredCall,
  ) => readonly [setting: string, seconds: number] | undefined;
  /** Options that give the address which it binds itself; none: only its files do. undefined: it may share. */
  readonly addressOptions?: readonly string[];
  /** Of a signal whose meaning the options change; undefined: `stopSignals` has it. */
  readonly stopRemark?: (call: ConfiguredCall, signal: SignalName) => StopRemark | undefined;
  /** The signal to stop it with where `stopSignals` does not tell which is best. */
  readonly bestStop?: SignalName;
}

/** The value of an option: `--name value`, `--name=value`, `-n value`, `-nvalue`. The last counts. */
export function optionValue(args: readonly string[], names: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [index, word] of args.entries()) {
    for (const name of names) {
      if (word === name) found = args[index + 1];
      else if (name.startsWith('--') && word.startsWith(`${name}=`))
        found = word.slice(name.length + 1);
      else if (!name.startsWith('--') && word.startsWith(name)) found = word.slice(name.length);
    }
  }
  return found;
}

/** Tells which of these options is given, with a value or without. */
export function leavesWith(...names: readonly string[]): NonNullable<Configured['leaves']> {
  return ({ args }) =>
    names.find((name) => args.some((word) => word === name || word.startsWith(`${name}=`)));
}

/** Tells that the option is missing which would keep the server in the foreground. */
export function leavesWithout(
  name: string,
  ...others: readonly string[]
): NonNullable<Configured['leaves']> {
  const given = leavesWith(name, ...others);
  return (call) => (given(call) === undefined ? `no ${name}` : undefined);
}

/** The grace that an option gives in seconds, or in parts of them: 1000 for milliseconds. */
export function graceOption(
  setting: string,
  names: readonly string[],
  otherwise?: number,
  partsOfSecond = 1,
): NonNullable<Configured['grace']> {
  return ({ args }) => {
    const value = Number(optionValue(args, names) ?? otherwise);
    return Number.isFinite(value) ? [setting, value / partsOfSecond] : undefined;
  };
}
