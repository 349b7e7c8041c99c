import { isAbsolute, join } from 'node:path';
import type { Program } from '../config/program.ts';
import { splitCommand } from '../config/split-command.ts';
import type { Listener, Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import type { GunicornFacts, MemoryFacts, PreflightFacts, ReleaseFacts } from '../policy/facts.ts';
import {
  parseGunicornArgv,
  parseGunicornScript,
  type GunicornCommandLine,
} from '../servers/gunicorn/command-line.ts';
import type { MasterSearch } from '../servers/gunicorn/find-master.ts';
import {
  GunicornObserver,
  hasMasterSignals,
  type GunicornView,
} from '../servers/gunicorn/observe.ts';
import {
  readGunicornSettings,
  type GunicornContext,
  type GunicornSettings,
} from '../servers/gunicorn/settings.ts';
import type { Journal } from './journal.ts';

/** What gathering needs to know of the program. */
export interface GunicornTarget {
  readonly program: Program | undefined;
  /** The process that the supervisor started; the master itself for a bare process. */
  readonly root: Proc;
  /** supervisord, whose environment a program inherits. */
  readonly supervisorProc: Proc | undefined;
}

/** Everything known of a running gunicorn, and how its code can be booted aside. */
export interface GatheredGunicorn {
  readonly facts: GunicornFacts;
  readonly context: GunicornContext | undefined;
}

/** Looks at a running gunicorn from every side. */
export async function gatherGunicorn(
  os: Os,
  target: GunicornTarget,
  search: Extract<MasterSearch, { found: 'master' }>,
  journal: Journal,
  abort: AbortSignal,
): Promise<GatheredGunicorn | undefined> {
  const master = search.proc;
  const view = await new GunicornObserver(os).look(master);
  if (view === undefined) return undefined;
  const command = await findCommand(os, target, master);
  const release = await readRelease(os, target.program, master);
  const environment = await readEnvironment(os, target, master);
  const cwd = bootDirectory(release);
  const user = await findUser(os, master);
  const isOurUser = user === undefined && os.me.uid === master.uid;
  const context: GunicornContext = {
    cwd,
    env: environment.value,
    user: os.me.uid === 0 ? user : undefined,
  };
  const settings =
    command === undefined ? undefined : await readGunicornSettings(os, command, context, abort);
  // As another user than the program's, a failure may be about our permissions only.
  const canTrustFailure = os.me.uid === 0 || isOurUser;
  const known = settings?.ok === true ? settings.value : undefined;
  const listeners = await os.listeners();
  const boundNow = await readBound(os, master, listeners);
  const facts: GunicornFacts = {
    type: 'gunicorn',
    master: { pid: master.pid, startTicks: master.startTicks },
    signalsReady: await hasMasterSignals(os, master),
    successorOf: await findPredecessor(os, master),
    workers: view.workers.map(({ proc, ready }) => ({
      pid: proc.pid,
      startTicks: proc.startTicks,
      ready,
    })),
    bridge:
      view.bridge === undefined
        ? undefined
        : { pid: view.bridge.proc.pid, startTicks: view.bridge.proc.startTicks },
    seesReadiness: view.seesReadiness,
    maySignal: await os.maySignal(master),
    settings: settings?.ok === false && !canTrustFailure ? undefined : settings,
    settingsUnknown: explainUnknown(command, settings),
    preflight: describePreflight(command, cwd, context, environment.source),
    configChanged: await isConfigChanged(os, master, known, journal),
    workersConfiguredBefore: journal.loadedBy(master)?.workersConfigured,
    release: { ...release, chdirNow: await resolve(os, known?.chdir) },
    memory: await measureMemory(os, view),
    bindTaken: known === undefined ? [] : findTaken(known.bind, boundNow, listeners),
    boundNow,
  };
  return { facts, context };
}

function describePreflight(
  command: GunicornCommandLine | undefined,
  cwd: string | undefined,
  context: GunicornContext,
  environment: PreflightFacts['environment'],
): PreflightFacts | undefined {
  if (command === undefined) return undefined;
  return { command, cwd, user: context.user?.name, environment };
}

function explainUnknown(
  command: GunicornCommandLine | undefined,
  settings: GunicornFacts['settings'],
): string | undefined {
  if (command === undefined) return 'its command line cannot be read';
  return settings?.ok === false ? settings.error.why : undefined;
}

/** The live argv, which a wrapper cannot hide; where setproctitle overwrote it, the configured command. */
async function findCommand(
  os: Os,
  { program }: GunicornTarget,
  master: Proc,
): Promise<GunicornCommandLine | undefined> {
  const argv = await os.argv(master);
  const live = argv.ok ? parseGunicornArgv(argv.value) : undefined;
  if (live !== undefined || program === undefined) return live;
  const words = splitCommand(program.command);
  if (!words.ok) return undefined;
  const [script, ...args] = words.value;
  if (script === undefined) return undefined;
  return (
    parseGunicornArgv(words.value) ??
    (await readScript(os, script, args, program.environment.PATH ?? process.env.PATH ?? ''))
  );
}

async function readScript(
  os: Os,
  script: string,
  args: readonly string[],
  path: string,
): Promise<GunicornCommandLine | undefined> {
  const candidates = script.includes('/')
    ? [script]
    : path.split(':').map((directory) => join(directory, script));
  for (const candidate of candidates) {
    const head = await os.readFile(candidate, 1024);
    if (head.ok) return parseGunicornScript(candidate, head.value, args);
  }
  return undefined;
}

async function resolve(os: Os, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const real = await os.realpath(path);
  return real.ok ? real.value : undefined;
}

async function readRelease(
  os: Os,
  program: Program | undefined,
  master: Proc,
): Promise<ReleaseFacts> {
  const cwd = await os.cwd(master);
  const environment = await os.environment(master);
  const pwd = environment.ok ? environment.value.PWD : undefined;
  return {
    directory: program?.directory,
    directoryNow: await resolve(os, program?.directory),
    masterCwd: cwd.ok ? cwd.value : undefined,
    pwdNow: await resolve(os, pwd),
    chdirNow: undefined,
  };
}

/**
 * Where the next boot begins: gunicorn goes back to PWD where that named its directory at the start (gunicorn/util.py, getcwd), so to the new
 * release when PWD is a link to it; else it stays where the master is.
 */
function bootDirectory(release: ReleaseFacts): string | undefined {
  const { directoryNow, masterCwd, pwdNow, directory } = release;
  if (directoryNow !== undefined && pwdNow === directoryNow) return directoryNow;
  return masterCwd?.replace(/ \(deleted\)$/, '') ?? directory;
}

/** Variables that belong to one process and must not be handed to another one. */
const PERSONAL = [
  'GUNICORN_PID',
  'GUNICORN_FD',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
];

function withoutPersonal(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !PERSONAL.includes(name)),
  );
}

/**
 * The environment of the live master, else what the supervisor would give. setproctitle overwrites the live one with zeros or its title:
 * a block without PATH is taken for overwritten.
 */
async function readEnvironment(
  os: Os,
  { program, supervisorProc }: GunicornTarget,
  master: Proc,
): Promise<{
  readonly value: Readonly<Record<string, string>>;
  readonly source: PreflightFacts['environment'];
}> {
  const live = await os.environment(master);
  if (live.ok && live.value.PATH !== undefined) {
    return { value: withoutPersonal(live.value), source: 'live-process' };
  }
  const inherited = supervisorProc === undefined ? undefined : await os.environment(supervisorProc);
  const base = inherited?.ok === true ? inherited.value : ownEnvironment();
  return {
    value: withoutPersonal({ ...base, ...program?.environment }),
    source: 'configuration',
  };
}

function ownEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The user of the master, where that is another one than ourselves. */
async function findUser(os: Os, master: Proc): Promise<GunicornContext['user']> {
  if (master.uid === os.me.uid) return undefined;
  const entry = await os.userById(master.uid);
  return entry === undefined ? undefined : { uid: entry.uid, gid: entry.gid, name: entry.name };
}

/** The living master that this one succeeds. */
async function findPredecessor(os: Os, master: Proc): Promise<number | undefined> {
  const environment = await os.environment(master);
  const pid = environment.ok ? Number(environment.value.GUNICORN_PID) : NaN;
  return pid === master.ppid ? pid : undefined;
}

/**
 * Whether the configuration file is newer than the master's last load of it: its start, or a later reload of ours. A HUP by others is not
 * known, so "changed" may be said too often, which costs a strategy, never correctness.
 */
async function isConfigChanged(
  os: Os,
  master: Proc,
  settings: GunicornSettings | undefined,
  journal: Journal,
): Promise<boolean> {
  if (settings?.configFile === undefined) return false;
  const stat = await os.stat(settings.configFile);
  if (!stat.ok) return false;
  const loadedAt = Math.max(
    await os.startedAt(master),
    journal.loadedBy(master)?.atEpochMs ?? -Infinity,
  );
  return stat.value.mtimeMs > loadedAt;
}

async function measureMemory(os: Os, view: GunicornView): Promise<MemoryFacts> {
  let workers: number | undefined = 0;
  for (const { proc } of view.workers) {
    const memory = await os.memoryOf(proc);
    workers = memory.ok && workers !== undefined ? workers + memory.value : undefined;
  }
  const master = await os.memoryOf(view.proc);
  return {
    available: await os.memoryAvailable(view.proc),
    workers: workers ?? view.workers.reduce((sum, { proc }) => sum + proc.rssBytes, 0),
    master: master.ok ? master.value : view.proc.rssBytes,
  };
}

/** The addresses that a process listens on. */
async function readBound(
  os: Os,
  id: Proc,
  listeners: readonly Listener[],
): Promise<readonly string[]> {
  const files = await os.openFiles(id);
  if (!files.ok) return [];
  const inodes = new Set(
    files.value
      .map((file) => /^socket:\[(\d+)\]$/.exec(file.target)?.[1])
      .filter((inode) => inode !== undefined)
      .map(Number),
  );
  return listeners.filter(({ inode }) => inodes.has(inode)).map(({ address }) => address);
}

/**
 * New TCP addresses that somebody else listens on. gunicorn closes its own sockets before it binds new ones, and dies when it
 * cannot (gunicorn/arbiter.py, reload). Unix socket files are replaced, so they cannot be taken.
 */
function findTaken(
  bind: readonly string[],
  boundNow: readonly string[],
  listeners: readonly Listener[],
): readonly string[] {
  const isTcp = (address: string): boolean => /^[\d.]+:\d+$/.test(address);
  const free = new Set(boundNow);
  return boundNow.length === 0
    ? []
    : bind
        .filter(isTcp)
        .filter((address) => !free.has(address))
        .filter((address) => listeners.some((listener) => listener.address === address));
}

/** The files that a gunicorn's output ends up in, as far as they are plain files. */
export function logFilesOf(
  settings: GunicornSettings | undefined,
  supervisorFiles: readonly string[],
): readonly string[] {
  const files = [...supervisorFiles, settings?.errorLog];
  return files.filter((file): file is string => file !== undefined && isAbsolute(file));
}
