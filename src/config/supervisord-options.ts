import { constants } from 'node:os';
import { err } from '../base/result.ts';
import { signalName } from '../os/signals.ts';
import {
  parseAbsolutePath,
  parseAutorestart,
  parseBoolean,
  parseByteSize,
  parseDaemonLog,
  parseDirectory,
  parseExitCodes,
  parseInetAddress,
  parseInteger,
  parseLogLevel,
  parseOctalNumber,
  parseOwner,
  parseSignal,
  parseText,
  parseUser,
  type HostParse,
} from './option-values.ts';
import type { Program } from './program.ts';
import { key, type Key } from './section-reader.ts';
import { SUPERVISOR_DEFAULTS } from './supervisor-defaults.ts';

/** How two values of an option of a program are compared, and shown. */
export interface Compared {
  /** What a struct of getAllConfigInfo (supervisor/rpcinterface.py) calls it; undefined: it is not told. */
  readonly told: string | undefined;
  /** The value of a program as such a struct has it. */
  readonly valueOf: (program: Program) => unknown;
  /** Such a value as the file could have it; undefined where it is none. */
  readonly textOf: (value: unknown) => string | undefined;
  /** Whether it takes effect only when a process starts: all that it is given, and where its output goes. */
  readonly isAtStart: boolean;
}

/** An option of a program. */
interface ProgramOption<T> extends Key<T> {
  /** Undefined where a change of it is one of the names or numbers of processes, or is never shown. */
  readonly compared?: Compared;
}

/** What an option that is not set is told as. */
const NOT_SET = 'none';

const plain: Compared['textOf'] = (value) =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;

const text: Compared['textOf'] = (value) =>
  typeof value === 'string' ? value.replaceAll('\n', ' ') : plain(value);

const list: Compared['textOf'] = (value) =>
  Array.isArray(value) ? value.map(String).join(',') : undefined;

const octal: Compared['textOf'] = (value) =>
  typeof value === 'number' ? value.toString(8).padStart(3, '0') : text(value);

const signal: Compared['textOf'] = (value) =>
  typeof value === 'number' && Object.values(constants.signals).includes(value)
    ? signalName(value)?.replace(/^SIG/, '')
    : plain(value);

const UNITS = [
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
] as const;

/** As supervisord reads it: 50MB, where that is exact. */
const bytes: Compared['textOf'] = (value) => {
  if (typeof value !== 'number') return undefined;
  const unit = UNITS.find(([, size]) => value > 0 && value % size === 0);
  return unit === undefined ? String(value) : `${value / unit[1]}${unit[0]}`;
};

/** An option that a running process has been given. */
function given<T, F>(
  parse: HostParse<T>,
  fallback: F,
  told: string | undefined,
  valueOf: Compared['valueOf'],
  textOf: Compared['textOf'] = text,
): ProgramOption<T | F> {
  return { parse, fallback, compared: { told, valueOf, textOf, isAtStart: true } };
}

/** An option that is the supervisor's own business. */
function kept<T, F>(
  parse: HostParse<T>,
  fallback: F,
  told: string | undefined,
  valueOf: Compared['valueOf'],
  textOf: Compared['textOf'] = plain,
): ProgramOption<T | F> {
  return { parse, fallback, compared: { told, valueOf, textOf, isAtStart: false } };
}

/** The options that are the same for every process of a section, in the order in which supervisord reads them. */
export const SECTION_OPTIONS = {
  priority: kept(parseInteger, SUPERVISOR_DEFAULTS.priority, 'process_prio', (p) => p.priority),
  autostart: kept(parseBoolean, true, 'autostart', (p) => p.autostart),
  autorestart: kept(
    parseAutorestart,
    SUPERVISOR_DEFAULTS.autorestart,
    'autorestart',
    (p) => p.autorestart,
    text,
  ),
  startsecs: kept(parseInteger, SUPERVISOR_DEFAULTS.startsecs, 'startsecs', (p) => p.startsecs),
  startretries: kept(
    parseInteger,
    SUPERVISOR_DEFAULTS.startretries,
    'startretries',
    (p) => p.startretries,
  ),
  stopsignal: kept(
    parseSignal,
    constants.signals.SIGTERM,
    'stopsignal',
    (p) => p.stopsignalNumber,
    signal,
  ),
  /** What is not set is that of {@link SUPERVISOR_DEFAULTS}. */
  stopwaitsecs: kept(parseInteger, undefined, 'stopwaitsecs', (p) => p.stopwaitsecs),
  stopasgroup: kept(parseBoolean, false, undefined, (p) => p.stopasgroup),
  /** What is not set is as stopasgroup. */
  killasgroup: kept(parseBoolean, undefined, 'killasgroup', (p) => p.killasgroup),
  exitcodes: kept(parseExitCodes, [0] as readonly number[], 'exitcodes', (p) => p.exitcodes, list),
  redirect_stderr: given(parseBoolean, false, 'redirect_stderr', (p) => p.redirectStderr),
  numprocs: key(parseInteger, 1),
  numprocs_start: key(parseInteger, 0),
  stdout_capture_maxbytes: captureOf('stdout'),
  stdout_events_enabled: eventsOf('stdout'),
  stderr_capture_maxbytes: captureOf('stderr'),
  stderr_events_enabled: eventsOf('stderr'),
  serverurl: given(parseText, undefined, 'serverurl', (p) => p.serverurl ?? NOT_SET),
  user: given(parseUser, undefined, 'uid', (p) => p.user?.uid ?? NOT_SET),
  umask: given(parseOctalNumber, undefined, undefined, (p) => p.umask ?? NOT_SET, octal),
};

/** The options that may differ from process to process. */
export const PROCESS_OPTIONS = {
  command: given(parseText, undefined, 'command', (p) => p.command),
  directory: given(parseText, undefined, 'directory', (p) => p.directory ?? NOT_SET),
};

/** One of the two outputs of a program. */
export type Channel = 'stdout' | 'stderr';

/** The options of an output that follow its log, without the prefix 'stdout_' or 'stderr_'. */
const logOptionsOf = (channel: Channel) => ({
  logfile_backups: kept(parseInteger, 10, `${channel}_logfile_backups`, (p) => p[channel].backups),
  logfile_maxbytes: kept(
    parseByteSize,
    50 * 1024 * 1024,
    `${channel}_logfile_maxbytes`,
    (p) => p[channel].maxBytes,
    bytes,
  ),
  syslog: given(parseBoolean, false, `${channel}_syslog`, (p) => p[channel].syslog),
});

/** {@link logOptionsOf} both outputs. */
export const LOG_OPTIONS = { stdout: logOptionsOf('stdout'), stderr: logOptionsOf('stderr') };

/** The log of an output, as text: it is expanded a second time before it is parsed. */
export const LOGFILE_OPTIONS = { stdout: logfileOf('stdout'), stderr: logfileOf('stderr') };

function logfileOf(channel: Channel): ProgramOption<string | undefined> {
  return given(parseText, undefined, `${channel}_logfile`, (p) => {
    const { target } = p[channel];
    return target.kind === 'file' ? target.path : target.kind;
  });
}

function captureOf(channel: Channel): ProgramOption<number> {
  const valueOf: Compared['valueOf'] = (p) => p[channel].captureMaxBytes;
  return given(parseByteSize, 0, `${channel}_capture_maxbytes`, valueOf, bytes);
}

function eventsOf(channel: Channel): ProgramOption<boolean> {
  const valueOf: Compared['valueOf'] = (p) => p[channel].eventsEnabled;
  return given(parseBoolean, false, `${channel}_events_enabled`, valueOf);
}

const PROGRAM_OPTIONS: ReadonlyArray<readonly [string, ProgramOption<unknown>]> = [
  ...Object.entries<ProgramOption<unknown>>(PROCESS_OPTIONS),
  ...Object.entries<ProgramOption<unknown>>(SECTION_OPTIONS),
  ...(['stdout', 'stderr'] as const).flatMap((channel) => [
    [`${channel}_logfile`, LOGFILE_OPTIONS[channel]] as const,
    ...Object.entries<ProgramOption<unknown>>(LOG_OPTIONS[channel]).map(
      ([name, option]) => [`${channel}_${name}`, option] as const,
    ),
  ]),
];

/** The names of all options of a program. */
export const PROGRAM_OPTION_NAMES: readonly string[] = [
  ...PROGRAM_OPTIONS.map(([name]) => name),
  'process_name',
  'environment',
];

/** Those whose changes are shown, first what takes a restart. */
export const COMPARED_OPTIONS: ReadonlyMap<string, Compared> = new Map(
  [true, false].flatMap((atStart) =>
    PROGRAM_OPTIONS.flatMap(([name, { compared }]): Array<[string, Compared]> =>
      compared?.isAtStart === atStart ? [[name, compared]] : [],
    ),
  ),
);

/** The options of [group:x]. */
export const GROUP_OPTIONS = {
  programs: key(parseText, ''),
  priority: key(parseInteger, SUPERVISOR_DEFAULTS.priority),
};

/** The options that only [eventlistener:x] has. */
export const LISTENER_OPTIONS = {
  buffer_size: key(parseInteger, 10),
  result_handler: key(parseText, 'supervisor.dispatchers:default_handler'),
  events: key(parseText, ''),
};

/** The options that only [fcgi-program:x] has, in the order in which supervisord reads them. */
export const FCGI_OPTIONS = {
  socket_backlog: key((text) => {
    const backlog = parseInteger(text);
    return backlog.ok && (backlog.value < 1 || backlog.value > 65535)
      ? err(`Invalid socket_backlog value ${backlog.value}`)
      : backlog;
  }, undefined),
  socket_owner: key(orInvalid('socket_owner', parseOwner), undefined),
  socket_mode: key(orInvalid('socket_mode', parseOctalNumber), undefined),
};

/** socket, which alone may hold %(program_name)s. */
export const FCGI_SOCKET = key(parseText, '');

/** Who may ask a server. */
export const CREDENTIAL_OPTIONS = {
  username: key(parseText, undefined),
  password: key(parseText, undefined),
};

/** The options of [inet_http_server], with {@link CREDENTIAL_OPTIONS}. */
export const INET_SERVER_OPTIONS = { port: key(parseInetAddress, undefined) };

/** The options of [unix_http_server], with {@link CREDENTIAL_OPTIONS}. */
export const UNIX_SERVER_OPTIONS = {
  chown: key(orInvalid('sockchown', parseOwner), undefined),
  chmod: key(orInvalid('chmod', parseOctalNumber), 0o700),
};

/** file, which alone may hold %(here)s. */
export const UNIX_SERVER_FILE = key(parseText, undefined);

/** Some values are called invalid in other words than everywhere else. */
function orInvalid<T>(name: string, parse: HostParse<T>): HostParse<T> {
  return (text, host) => {
    const value = parse(text, host);
    return value.ok ? value : err(`Invalid ${name} value ${text}`);
  };
}

/** The options of [supervisorctl], with {@link CLIENT_PLACES}. */
export const CLIENT_OPTIONS = { prompt: key(parseText, 'supervisor'), ...CREDENTIAL_OPTIONS };

/** Those that may hold %(here)s. */
export const CLIENT_PLACES = {
  serverurl: key(parseText, undefined),
  history_file: key(parseText, undefined),
};

/** An option of [supervisord] under its name in DaemonSettings. */
const setting = <const Field extends string, T, F>(
  field: Field,
  parse: HostParse<T>,
  fallback: F,
): Key<T | F> & { readonly field: Field } => ({ field, parse, fallback });

/** One that the command line has too: how it is written there, what stands for its value, and what it is for. */
const flagged = <const Field extends string, T, F>(
  field: Field,
  parse: HostParse<T>,
  fallback: F,
  flags: string,
  value: string,
  help: string,
): ReturnType<typeof setting<Field, T, F>> & {
  readonly flags: string;
  readonly value: string;
  readonly help: string;
} => ({ field, parse, fallback, flags, value, help });

/** The options of [supervisord] but for environment; those of its command line are in supervisor/options.py, ServerOptions. */
export const DAEMON_OPTIONS = {
  // As text: it is looked up last, after every other section.
  user: flagged('user', parseText, undefined, '-u, --user', 'USER', 'become this user'),
  umask: flagged(
    'umask',
    parseOctalNumber,
    0o022,
    '-m, --umask',
    'UMASK',
    'umask in the background (octal, 022)',
  ),
  directory: flagged(
    'directory',
    parseDirectory,
    undefined,
    '-d, --directory',
    'DIR',
    'directory in the background',
  ),
  logfile: flagged(
    'logfile',
    parseDaemonLog,
    'supervisord.log',
    '-l, --logfile',
    'FILE',
    'the log of the daemon',
  ),
  logfile_maxbytes: flagged(
    'logfileMaxBytes',
    parseByteSize,
    50 * 1024 * 1024,
    '-y, --logfile_maxbytes',
    'BYTES',
    'rotate the log at this size (50MB)',
  ),
  logfile_backups: flagged(
    'logfileBackups',
    parseInteger,
    10,
    '-z, --logfile_backups',
    'NUM',
    'keep so many old logs (10)',
  ),
  loglevel: flagged(
    'loglevel',
    parseLogLevel,
    'info' as const,
    '-e, --loglevel',
    'LEVEL',
    'critical, error, warn, info, debug, trace or blather',
  ),
  pidfile: flagged(
    'pidfile',
    parseAbsolutePath,
    'supervisord.pid',
    '-j, --pidfile',
    'FILE',
    'the pid file',
  ),
  identifier: flagged(
    'identifier',
    parseText,
    'supervisor',
    '-i, --identifier',
    'ID',
    'the name of this supervisor',
  ),
  childlogdir: flagged(
    'childlogdir',
    parseDirectory,
    undefined,
    '-q, --childlogdir',
    'DIR',
    'where logs named AUTO are made',
  ),
  minfds: flagged(
    'minfds',
    parseInteger,
    1024,
    '-a, --minfds',
    'NUM',
    'at least so many descriptors (1024)',
  ),
  minprocs: flagged(
    'minprocs',
    parseInteger,
    200,
    '--minprocs',
    'NUM',
    'at least so many processes (200)',
  ),
  nodaemon: setting('nodaemon', parseBoolean, false),
  silent: setting('silent', parseBoolean, false),
  nocleanup: setting('nocleanup', parseBoolean, false),
  strip_ansi: setting('stripAnsi', parseBoolean, false),
};
