import { err, ok, type Result } from '../../base/result.ts';
import type { CommandRequest, Os } from '../../os/os.ts';
import type { GunicornCommandLine } from './command-line.ts';
import printSettings from './print-settings.py';

/** How a gunicorn would make its listening sockets. */
export interface GunicornListening {
  /** As gunicorn reads bind: paths are absolute; a number is a descriptor that it is to inherit. */
  readonly addresses: ReadonlyArray<
    | { readonly host: string; readonly port: number }
    | { readonly path: string }
    | { readonly fd: number }
  >;
  readonly backlog: number;
  /** For unix sockets; gunicorn makes them with mode 0777. */
  readonly umask: number;
  readonly uid: number;
  readonly gid: number;
}

/** The settings that the files and arguments of a gunicorn give at this moment: what its next boot would use. */
export interface GunicornSettings {
  /** gunicorn's own version, '20.1.0'. */
  readonly version: string;
  readonly workers: number;
  readonly threads: number;
  /** 'sync', 'gthread', 'gevent' or a dotted name. */
  readonly workerClass: string;
  /** Seconds; 0 turns the watch over workers off. */
  readonly timeout: number;
  /** Seconds for requests in flight when a worker has to go. */
  readonly gracefulTimeout: number;
  readonly preloadApp: boolean;
  readonly bind: readonly string[];
  readonly pidfile: string | undefined;
  readonly chdir: string;
  readonly daemon: boolean;
  readonly reusePort: boolean;
  readonly reload: boolean;
  readonly maxRequests: number;
  readonly maxRequestsJitter: number;
  /** The configuration file, absolute; undefined where there is none. */
  readonly configFile: string | undefined;
  /** When it was written last, milliseconds since the epoch. */
  readonly configMtimeMs?: number | undefined;
  /** `chdir` without links. */
  readonly chdirReal?: string | undefined;
  /** The command or the configuration says `chdir`; else it is where gunicorn was started. */
  readonly isChdirSet?: boolean;
  /** Where gunicorn 25.1 and later serve gunicornc; undefined when off or older. */
  readonly controlSocket: string | undefined;
  /** The file that gunicorn logs to, absolute; undefined when it is stderr. */
  readonly errorLog: string | undefined;
  /** Server hooks that the configuration defines, by name. */
  readonly hooks: readonly string[];
  /** Undefined where gunicorn's answer has none that can be understood. */
  readonly listening?: GunicornListening | undefined;
  /**
   * Files of modules that the configuration, the worker class or the logger class brings into the master, and that are not what they were at
   * the time asked about. Workers fork from what the master holds of them (CPython, import system: sys.modules).
   */
  readonly heldChanged?: readonly string[];
  /** The files of gunicorn itself are newer than the time asked about: what runs is another version. */
  readonly isServerChanged?: boolean;
}

/** Why the settings are not known. `output` is what gunicorn or python printed, bounded, not escaped. */
export interface SettingsFailure {
  /** 'broken': gunicorn refuses them, and would refuse them at its next boot or reload as well. */
  readonly why: 'broken' | 'timeout' | 'not-started' | 'unreadable';
  readonly output: string;
}

/** Where and as whom gunicorn is asked. */
export type GunicornContext = Pick<CommandRequest, 'cwd' | 'env' | 'rights'>;

/** What print-settings.py puts before its answer. */
const MARKER = 'reloadctl-gunicorn-settings:';

/** A configuration file is read in a fraction of a second; one that talks to a network gets this long. */
const SETTINGS_TIMEOUT_MS = 20_000;

/**
 * Asks gunicorn for the settings of its next boot. Nothing binds and the application is not loaded; the configuration file runs, and classes of
 * the project are imported. `sinceEpochMs`: when the master loaded what it holds.
 */
export async function readGunicornSettings(
  os: Pick<Os, 'run'>,
  command: GunicornCommandLine,
  context: GunicornContext,
  abort?: AbortSignal,
  sinceEpochMs = Infinity,
): Promise<Result<GunicornSettings, SettingsFailure>> {
  const result = await os.run({
    ...context,
    argv: [
      command.python,
      '-c',
      `SINCE_MS = ${pythonNumber(sinceEpochMs)}\n${printSettings}`,
      ...command.args,
    ],
    timeoutMs: SETTINGS_TIMEOUT_MS,
    maxOutputBytes: 64 * 1024,
    abort,
  });
  const output = [result.stdout, result.stderr].filter((text) => text.trim() !== '').join('\n');
  if (result.end === 'not-started') return err({ why: 'not-started', output: result.error ?? '' });
  if (result.end === 'timeout') return err({ why: 'timeout', output });
  if (result.end !== 'exit' || result.code !== 0) return err({ why: 'broken', output });
  const line = result.stdout.split('\n').findLast((text) => text.startsWith(MARKER));
  const settings = line === undefined ? undefined : parseSettings(line.slice(MARKER.length));
  return settings === undefined ? err({ why: 'unreadable', output }) : ok(settings);
}

const pythonNumber = (value: number): string => (Number.isFinite(value) ? String(value) : '1e300');

/** Checks the snippet's answer; undefined when a field is missing or of another type. */
export function parseSettings(json: string): GunicornSettings | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined; // Something else printed the marker: the same as no answer.
  }
  if (typeof raw !== 'object' || raw === null) return undefined;
  const fields = raw as Readonly<Record<string, unknown>>;
  const numbers = [
    'workers',
    'threads',
    'timeout',
    'gracefulTimeout',
    'maxRequests',
    'maxRequestsJitter',
  ];
  const booleans = ['preloadApp', 'daemon', 'reusePort', 'reload'];
  const strings = ['version', 'workerClass', 'chdir'];
  const optional = ['pidfile', 'configFile', 'controlSocket', 'errorLog'];
  const isStringList = (value: unknown): boolean =>
    Array.isArray(value) && value.every((item) => typeof item === 'string');
  const fits =
    numbers.every((key) => Number.isFinite(fields[key])) &&
    booleans.every((key) => typeof fields[key] === 'boolean') &&
    strings.every((key) => typeof fields[key] === 'string') &&
    optional.every((key) => fields[key] === null || typeof fields[key] === 'string') &&
    isOptional(fields.configMtimeMs, 'number') &&
    isOptional(fields.chdirReal, 'string') &&
    isStringList(fields.bind) &&
    (fields.heldChanged === undefined || isStringList(fields.heldChanged)) &&
    isOptional(fields.isServerChanged, 'boolean') &&
    isOptional(fields.isChdirSet, 'boolean') &&
    isStringList(fields.hooks);
  if (!fits) return undefined;
  const present = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value ?? undefined]),
  );
  const listening = isListening(fields.listening) ? fields.listening : undefined;
  return { ...present, ...(listening === undefined ? {} : { listening }) } as GunicornSettings;
}

function isOptional(value: unknown, type: 'number' | 'string' | 'boolean'): boolean {
  return value === undefined || value === null || typeof value === type;
}

function isListening(value: unknown): value is GunicornListening {
  if (typeof value !== 'object' || value === null) return false;
  const { addresses, ...numbers } = value as Readonly<Record<string, unknown>>;
  return (
    ['backlog', 'umask', 'uid', 'gid'].every((key) => Number.isSafeInteger(numbers[key])) &&
    Array.isArray(addresses) &&
    addresses.every(isAddress)
  );
}

function isAddress(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { host, port, path, fd } = value as Readonly<Record<string, unknown>>;
  return (
    (typeof host === 'string' && Number.isSafeInteger(port)) ||
    typeof path === 'string' ||
    Number.isSafeInteger(fd)
  );
}
