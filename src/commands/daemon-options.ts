import type { Command } from 'commander';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { OverrideTexts } from '../config/sections/daemon-overrides.ts';
import { DAEMON_OPTIONS } from '../config/supervisord-options.ts';

/** The options of `daemon`. */
export interface DaemonFlags extends OverrideTexts {
  readonly configuration?: string;
  readonly nodaemon?: true;
  readonly silent?: true;
  readonly nocleanup?: true;
  readonly stripAnsi?: true;
  readonly replace?: true;
  readonly version?: true;
}

/** Options with a value. */
const VALUES = Object.values(DAEMON_OPTIONS).filter((option) => 'flags' in option);

/** Gives `daemon` the options of supervisord. Values are read later, by daemon-overrides.ts. */
export function addDaemonOptions(command: Command): Command {
  command
    .option('-c, --configuration <FILE>', 'the supervisord.conf')
    .option('-n, --nodaemon', 'stay in the foreground')
    .option('-s, --silent', 'with -n: do not write the log to stdout as well')
    .option('-k, --nocleanup', 'leave logs named AUTO of earlier daemons where they are')
    .option('-t, --strip_ansi', 'take escape sequences out of the logs of programs')
    .option('--replace', 'put this version of reloadctl in the place of the running daemon')
    .option('-v, --version', 'print the version of reloadctl');
  for (const { flags, value: argument, help } of VALUES) {
    const once = (value: string, previous: string | undefined): string => {
      if (previous === undefined) return value;
      throw usageError(`conflicting command line option '${shortOf(flags)}'`);
    };
    command.option(`${flags} <${argument}>`, help, once);
  }
  return command;
}

/** commander names options after what is written: those with an underscore have it in their names. */
export function flagsOf(options: Readonly<Record<string, unknown>>): DaemonFlags {
  const { logfile_maxbytes, logfile_backups, strip_ansi, ...others } = options;
  const renamed = {
    logfileMaxBytes: logfile_maxbytes,
    logfileBackups: logfile_backups,
    stripAnsi: strip_ansi,
  };
  // commander gives texts for options with a value and true for the others.
  return { ...others, ...dropUndefined(renamed) };
}

/** How messages name the option for a setting. */
export function spell(setting: keyof OverrideTexts): string {
  const { flags } = VALUES.find(({ field }) => field === setting) ?? { flags: setting };
  return shortOf(flags);
}

function shortOf(flags: string): string {
  return flags.split(', ', 1)[0] ?? flags;
}

function dropUndefined(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** An error in the use of `daemon`. */
export function usageError(message: string): ReloadctlError {
  return new ReloadctlError(message, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'reloadctl daemon -h lists the options.',
  });
}
