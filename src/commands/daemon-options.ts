import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { OverrideTexts } from '../config/sections/daemon-overrides.ts';
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

/** Options with a value: how they are written (supervisor/options.py, ServerOptions.__init__), and what they are for. */
const VALUES: ReadonlyArray<
  readonly [setting: keyof OverrideTexts, flags: string, argument: string, help: string]
> = [
  ['user', '-u, --user', 'USER', 'become this user'],
  ['umask', '-m, --umask', 'UMASK', 'umask in the background (octal, 022)'],
  ['directory', '-d, --directory', 'DIR', 'directory in the background'],
  ['logfile', '-l, --logfile', 'FILE', 'the log of the daemon'],
  ['logfileMaxBytes', '-y, --logfile_maxbytes', 'BYTES', 'rotate the log at this size (50MB)'],
  ['logfileBackups', '-z, --logfile_backups', 'NUM', 'keep so many old logs (10)'],
  ['loglevel', '-e, --loglevel', 'LEVEL', 'critical, error, warn, info, debug, trace or blather'],
  ['pidfile', '-j, --pidfile', 'FILE', 'the pid file'],
  ['identifier', '-i, --identifier', 'ID', 'the name of this supervisor'],
  ['childlogdir', '-q, --childlogdir', 'DIR', 'where logs named AUTO are made'],
  ['minfds', '-a, --minfds', 'NUM', 'at least so many descriptors (1024)'],
  ['minprocs', '--minprocs', 'NUM', 'at least so many processes (200)'],
];

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
  ...VALUES.map(([, flags, argument, doc]): OptionRecord => ({
    flags: `${flags} <${argument}>`,
    doc,
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
  const [, flags = setting] = VALUES.find(([name]) => name === setting) ?? [];
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
