import type { Program } from '../config/program.ts';
import type { CredentialsFailure } from '../os/credentials.ts';
import type { Files } from '../os/files.ts';
import type { Listener, Os } from '../os/os.ts';
import { hasEnded, isSameProc, type Proc } from '../os/proc.ts';
import type { GunicornFacts, MemoryFacts, PreflightFacts, ReleaseFacts } from '../policy/facts.ts';
import type { GunicornCommandLine } from '../servers/gunicorn/command-line.ts';
import { hasMasterSignals } from '../servers/gunicorn/master-signals.ts';
import { ServerObserver } from '../servers/observe-server.ts';
import type { ServerSearch } from '../servers/recognise.ts';
import type { ServerView } from '../servers/server-view.ts';
import {
  readGunicornSettings,
  type GunicornContext,
  type GunicornSettings,
} from '../servers/gunicorn/settings.ts';
import { canActAs, type Rights } from '../os/credentials.ts';
import {
  findCommand,
  mayRunConfigured,
  nameOfRights,
  environmentToBoot,
  type GunicornTarget,
} from './boot-context.ts';
import type { Journal } from './journal.ts';
import { addressesOf } from './listening.ts';

/** Everything known of a running gunicorn, and how its code can be booted aside. */
export interface GatheredGunicorn {
  readonly facts: GunicornFacts;
  readonly context: GunicornContext | undefined;
}

/** Looks at a running gunicorn from every side. */
export async function gatherGunicorn(
  os: Os,
  asked: GunicornTarget,
  { server, live }: Extract<ServerSearch, { found: 'server' }>,
  journal: Journal,
  abort: AbortSignal,
): Promise<GatheredGunicorn | undefined> {
  const master = live.proc;
  const view = await new ServerObserver(os, server).look(master);
  if (view === undefined) return undefined;
  const credentials = await os.credentials(master);
  const rights = credentials.ok ? credentials.value : 'nobody';
  const target = await withoutForeignCommand(os, asked, rights);
  const release = await readRelease(os, target.program, master, rights);
  const environment = await environmentToBoot(os, target, master, rights);
  const command = await findCommand(os, target, master, environment.value, rights);
  const cwd = target.startsAnew
    ? (release.directoryNow ?? bootDirectory(release))
    : bootDirectory(release);
  const context: GunicornContext = { cwd, env: environment.value, rights };
  // Its code runs with its own rights, or not at all.
  const mayAsk = canActAs(rights, os.me);
  const settings =
    command === undefined || !mayAsk
      ? undefined
      : await readGunicornSettings(os, command, context, abort);
  const known = settings?.ok === true ? settings.value : undefined;
  const listeners = await os.listeners();
  const boundNow = await addressesOf(os, [master], listeners);
  const configChanged = await isConfigChanged(os, master, known, journal);
  const facts: GunicornFacts = {
    type: 'running',
    reloads: 'by-strategy',
    server,
    live: { ...live, version: known?.version },
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
    bridgeServes: view.bridge?.workers.some(({ ready }) => ready !== false) === true,
    seesReadiness: view.seesReadiness,
    maySignal: await os.maySignal(master),
    settings,
    settingsUnknown: credentials.ok
      ? explainUnknown(command, settings, mayAsk ? undefined : nameOfRights(rights))
      : explainRights(credentials.error),
    preflight: mayAsk ? describePreflight(command, cwd, context, environment.source) : undefined,
    configChanged,
    preloadedBefore: journal.loadedBy(master)?.preloaded,
    workersConfiguredBefore:
      journal.loadedBy(master)?.workersConfigured ??
      (target.startsAnew && !configChanged && view.workers.length > (known?.workers ?? Infinity)
        ? await askWorkersOfMaster(os, target, master, context, abort)
        : undefined),
    release: {
      ...release,
      chdirNow: known?.chdirReal ?? (await resolve(os.files(rights), known?.chdir)),
    },
    memory: await measureMemory(os, view),
    // With reuse_port the workers bind, each for itself and beside others (gunicorn/workers/base.py).
    bindTaken:
      known === undefined || known.reusePort ? [] : findTaken(known.bind, boundNow, listeners),
    boundNow,
  };
  // Asking takes a while: of a master that has ended in it nothing holds any more.
  const now = await os.process(master.pid);
  const isThere = now !== undefined && isSameProc(now, master) && !hasEnded(now);
  return isThere ? { facts, context } : undefined;
}

/** What others than its user have written into the configuration is not executed with its rights: as it runs now it says how it is started. */
async function withoutForeignCommand(
  os: Os,
  target: GunicornTarget,
  rights: Rights,
): Promise<GunicornTarget> {
  const { program, startsAnew } = target;
  if (!startsAnew || program === undefined) return target;
  return (await mayRunConfigured(os, program, rights)) ? target : { ...target, startsAnew: false };
}

function describePreflight(
  command: GunicornCommandLine | undefined,
  cwd: string | undefined,
  context: GunicornContext,
  environment: PreflightFacts['environment'],
): PreflightFacts | undefined {
  if (command === undefined) return undefined;
  return { command, cwd, user: nameOfRights(context.rights), environment };
}

/**
 * For how many workers the master itself was started, where the next one is started with another command or environment: what runs beyond the
 * new number is what was configured before, and nobody raised it.
 */
async function askWorkersOfMaster(
  os: Os,
  { program, supervisorProc }: GunicornTarget,
  master: Proc,
  context: GunicornContext,
  abort: AbortSignal,
): Promise<number | undefined> {
  const { rights } = context;
  const environment = await environmentToBoot(os, { program, supervisorProc }, master, rights);
  const command = await findCommand(os, { program }, master, environment.value, rights);
  if (command === undefined) return undefined;
  const asStarted = { ...context, env: environment.value };
  const settings = await readGunicornSettings(os, command, asStarted, abort);
  return settings.ok ? settings.value.workers : undefined;
}

function explainUnknown(
  command: GunicornCommandLine | undefined,
  settings: GunicornFacts['settings'],
  stranger: string | undefined,
): string | undefined {
  if (command === undefined) return 'its command line cannot be read';
  if (stranger !== undefined) return `only root and ${stranger} may ask it`;
  return settings?.ok === false ? settings.error.why : undefined;
}

/** Why a process is not asked for anything: with whose rights that would be cannot be told. */
function explainRights(error: CredentialsFailure): string {
  switch (error) {
    case 'user-namespace':
      return 'it runs in another user namespace, where the ids of users mean something else';
    case 'mixed':
      return 'its user ids differ from each other, as those of a set-user-ID program do';
    case 'gone':
    case 'denied':
    case 'unsupported':
      return `with which user's rights it runs cannot be read (${error})`;
  }
}

async function resolve(
  files: Pick<Files, 'realpath'>,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const real = await files.realpath(path);
  return real.ok ? real.value : undefined;
}

/** Where a path of the program's leads: for another user it is followed name by name, where a process of that user would take long to start. */
async function followPath(
  os: Os,
  path: string | undefined,
  rights: Rights,
): Promise<string | undefined> {
  if (path?.startsWith('/') !== true || typeof rights === 'string') {
    return resolve(os.files(rights), path);
  }
  const { exists, realPath } = await os.pathWriters(path);
  return exists ? realPath : undefined;
}

async function readRelease(
  os: Os,
  program: Program | undefined,
  master: Proc,
  rights: Rights,
): Promise<ReleaseFacts> {
  const cwd = await os.cwd(master);
  const environment = await os.environment(master);
  const pwd = environment.ok ? environment.value.PWD : undefined;
  // What the configuration names is the administrator's word, what the process has in its environment its own.
  const directoryNow = await resolve(os.files('ours'), program?.directory);
  return {
    directory: program?.directory,
    directoryNow,
    masterCwd: cwd.ok ? cwd.value : undefined,
    pwdNow: pwd === program?.directory ? directoryNow : await followPath(os, pwd, rights),
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
  const { configMtimeMs } = settings;
  if (configMtimeMs === undefined) return false;
  const loadedAt = Math.max(
    await os.startedAt(master),
    journal.loadedBy(master)?.atEpochMs ?? -Infinity,
  );
  return configMtimeMs > loadedAt;
}

async function measureMemory(os: Os, view: ServerView): Promise<MemoryFacts> {
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
