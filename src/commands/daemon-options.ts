import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { OverrideTexts } from '../config/sections/daemon-overrides.ts';
import { DAEMON_OPTIONS as SETTINGS_OF_DAEMON } from '../config/supervisord-options.ts';
import type { OptionRecord, WordKind } from './records/command-record.ts';

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
const VALUES = Object.values(SETTINGS_OF_DAEMON).filter((option) => 'flags' in option);

/** What the values of options are that can be completed. */
const KINDS: Readonly<Record<string, WordKind | undefined>> = { FILE: 'file', DIR: 'directory' };

/** The options of `daemon`, which are supervisord's. Values are read later, by daemon-overrides.ts. */
export const DAEMON_OPTIONS: readonly OptionRecord[] = [
  { flags: '-c, --configuration <FILE>', doc: 'the supervisord.conf', kind: 'file' },
  { flags: '-n, --nodaemon', doc: 'stay in the foreground' },
  { flags: '-s, --silent', doc: 'with -n: do not write the log to stdout as well' },
  {
    flags: '-k, --nocleanup',
    doc: 'leave logs named AUTO of earlier daemons where they are',
  },
  { flags: '-t, --strip_ansi', doc: 'take escape sequences out of the logs of programs' },
  {
    flags: '--replace',
    doc: 'put this version of reloadctl in the place of the running daemon',
  },
  { flags: '-v, --version', doc: 'print the version of reloadctl' },
  ...VALUES.map(({ flags, value: argument, help }): OptionRecord => ({
    flags: `${flags} <${argument}>`,
    doc: help,
    ...(KINDS[argument] && { kind: KINDS[argument] }),
    collect: (value: string, previous: string | undefined): string => {
      if (previous === undefined) return value;
      throw usageError(`conflicting command line option '${shortOf(flags)}'`);
    },
  })),
];

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
