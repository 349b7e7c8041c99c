import { err, ok, type Result } from '../../base/result.ts';
import type { CommandRequest, Os } from '../../os/os.ts';
import type { GunicornCommandLine } from './command-line.ts';

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

const MARKER = 'reloadctl-gunicorn-settings:';

/**
 * Loads the settings the way gunicorn does (its own command line, GUNICORN_CMD_ARGS, configuration file), without loading the
 * application: that is what `--print-config` does too, but it boots the application as well (gunicorn/app/base.py, run()).
 * The directory of the program is taken off the import path, where a file gunicorn.py would shadow the package.
 */
const SNIPPET = `
import sys
sys.dont_write_bytecode = True
if sys.path and sys.path[0] == '': del sys.path[0]
import json, os
import gunicorn
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn import config
sys.argv[0] = 'gunicorn'
given = set()
keep = config.Config.set
def note(self, name, value):
    given.add(name)
    keep(self, name, value)
config.Config.set = note
app = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
cfg = app.cfg
defaults = config.make_settings()
hooks = [n for n in ('on_starting', 'on_reload', 'when_ready', 'pre_exec', 'child_exit', 'on_exit', 'nworkers_changed') if n in cfg.settings and getattr(cfg.settings[n].get(), '__code__', None) is not getattr(defaults[n].get(), '__code__', None)]
parser = cfg.parser()
path = parser.parse_args().config or parser.parse_args(cfg.get_cmd_args_from_env() if hasattr(cfg, 'get_cmd_args_from_env') else []).config
if path is None and os.path.exists('gunicorn.conf.py'): path = './gunicorn.conf.py'
if path is not None and path.startswith('file:'): path = path[5:]
control = None
if 'control_socket' in cfg.settings and not cfg.control_socket_disable: control = os.path.join(os.getcwd(), cfg.control_socket)
def mtime(p):
    try: return os.stat(p).st_mtime * 1000
    except Exception: return None
def place(a):
    if isinstance(a, (tuple, list)): return {'host': a[0], 'port': a[1]}
    if isinstance(a, int): return {'fd': a}
    if isinstance(a, bytes): a = os.fsdecode(a)
    return {'path': a if a[:1] == '\\0' else os.path.abspath(a)}
try:
    listening = {'addresses': [place(a) for a in cfg.address], 'backlog': cfg.backlog, 'umask': cfg.umask, 'uid': cfg.uid, 'gid': cfg.gid}
except Exception:
    listening = None
import importlib.util, struct, sysconfig
paths = sysconfig.get_paths()
stdlib = tuple(os.path.realpath(paths[k]) + os.sep for k in ('stdlib', 'platstdlib'))
packages = tuple(os.path.realpath(p) + os.sep for p in {paths['purelib'], paths['platlib']} | {p for p in sys.path if p.endswith(('site-packages', 'dist-packages'))})
own = os.path.dirname(os.path.realpath(gunicorn.__file__)) + os.sep
def load(uri, get):
    # A class of a package that is installed costs time and is the same for all that use it; one of the project is what the master holds.
    if not isinstance(uri, str) or '.' not in uri: return
    try:
        spec = importlib.util.find_spec(uri.split(':')[-1].split('#')[-1].split('.')[0])
        if spec is not None and spec.origin and not os.path.realpath(spec.origin).startswith(packages): get()
    except Exception: pass
load(cfg.settings['worker_class'].get(), lambda: cfg.worker_class)
load(cfg.settings['logger_class'].get(), lambda: cfg.logger_class)
def changed(path):
    st = os.stat(path)
    if max(st.st_mtime, st.st_ctime) * 1000 <= SINCE: return False
    try:
        # What was compiled before has the time and the size of its source in its head (PEP 552): the same ones, the same source.
        compiled = importlib.util.cache_from_source(path)
        at = os.stat(compiled)
        if max(at.st_mtime, at.st_ctime) * 1000 > SINCE + 10000: return True
        with open(compiled, 'rb') as f: flags, mtime, size = struct.unpack('<4xIII', f.read(16))
        return flags != 0 or mtime != int(st.st_mtime) & 0xffffffff or size != st.st_size & 0xffffffff
    except Exception:
        return True
held, server = [], False
for module in list(sys.modules.values()):
    file = getattr(module, '__file__', None)
    if not isinstance(file, str): continue
    file = os.path.realpath(file)
    # The configuration file itself is read anew at each load.
    if module.__name__ == '__config__': continue
    if file.startswith(stdlib) and not file.startswith(packages): continue
    try:
        if not changed(file): continue
    except OSError: pass
    if file.startswith(own): server = True
    else: held.append(file)
sys.stdout.flush()
print('\\n${MARKER}' + json.dumps({
 'version': gunicorn.__version__, 'workers': cfg.workers, 'threads': cfg.threads, 'workerClass': str(cfg.worker_class_str),
 'timeout': cfg.timeout, 'gracefulTimeout': cfg.graceful_timeout, 'preloadApp': bool(cfg.preload_app),
 'bind': [str(b) for b in cfg.bind] if isinstance(cfg.bind, (list, tuple)) else [str(cfg.bind)],
 'pidfile': cfg.pidfile and os.path.abspath(cfg.pidfile), 'chdir': cfg.chdir, 'daemon': bool(cfg.daemon), 'reusePort': bool(cfg.reuse_port),
 'reload': bool(cfg.reload), 'maxRequests': cfg.max_requests, 'maxRequestsJitter': cfg.max_requests_jitter,
 'configFile': None if path is None or path.startswith('python:') or not path else os.path.abspath(path), 'controlSocket': control,
 'configMtimeMs': mtime(path), 'chdirReal': os.path.realpath(cfg.chdir), 'hooks': hooks, 'listening': listening,
 'isChdirSet': 'chdir' in given, 'heldChanged': sorted(held)[:20], 'isServerChanged': server,
 'errorLog': os.path.abspath(cfg.errorlog) if cfg.errorlog and cfg.errorlog != '-' else None}))
`;

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
      `SINCE = ${pythonNumber(sinceEpochMs)}\n${SNIPPET}`,
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
