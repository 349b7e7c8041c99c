import { isAbsolute } from 'node:path';
import type { Program } from '../config/program.ts';
import type { Listener, Os } from '../os/os.ts';
import { hasEnded, isSameProc, type Proc } from '../os/proc.ts';
import type { GunicornFacts, MemoryFacts, PreflightFacts, ReleaseFacts } from '../policy/facts.ts';
import type { GunicornCommandLine } from '../servers/gunicorn/command-line.ts';
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
import { findCommand, findUser, readEnvironment, type GunicornTarget } from './boot-context.ts';
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
  target: GunicornTarget,
  search: Extract<MasterSearch, { found: 'master' }>,
  journal: Journal,
  abort: AbortSignal,
): Promise<GatheredGunicorn | undefined> {
  const master = search.proc;
  const view = await new GunicornObserver(os).look(master);
  if (view === undefined) return undefined;
  const release = await readRelease(os, target.program, master);
  const environment = await readEnvironment(os, target, master);
  const command = await findCommand(os, target, master, environment.value);
  const cwd = target.startsAnew
    ? (release.directoryNow ?? bootDirectory(release))
    : bootDirectory(release);
  const user = await findUser(os, master.uid);
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
  const boundNow = await addressesOf(os, [master], listeners);
  const configChanged = await isConfigChanged(os, master, known, journal);
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
    bridgeServes: view.bridge?.workers.some(({ ready }) => ready !== false) === true,
    seesReadiness: view.seesReadiness,
    maySignal: await os.maySignal(master),
    settings: settings?.ok === false && !canTrustFailure ? undefined : settings,
    settingsUnknown: explainUnknown(command, settings),
    preflight: describePreflight(command, cwd, context, environment.source),
    configChanged,
    preloadedBefore: journal.loadedBy(master)?.preloaded,
    workersConfiguredBefore:
      journal.loadedBy(master)?.workersConfigured ??
      (target.startsAnew && !configChanged && view.workers.length > (known?.workers ?? Infinity)
        ? await askWorkersOfMaster(os, target, master, context, abort)
        : undefined),
    release: { ...release, chdirNow: await resolve(os, known?.chdir) },
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

function describePreflight(
  command: GunicornCommandLine | undefined,
  cwd: string | undefined,
  context: GunicornContext,
  environment: PreflightFacts['environment'],
): PreflightFacts | undefined {
  if (command === undefined) return undefined;
  return { command, cwd, user: context.user?.name, environment };
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
  const environment = await readEnvironment(os, { program, supervisorProc }, master);
  const command = await findCommand(os, { program }, master, environment.value);
  if (command === undefined) return undefined;
  const asStarted = { ...context, env: environment.value };
  const settings = await readGunicornSettings(os, command, asStarted, abort);
  return settings.ok ? settings.value.workers : undefined;
}

function explainUnknown(
  command: GunicornCommandLine | undefined,
  settings: GunicornFacts['settings'],
): string | undefined {
  if (command === undefined) return 'its command line cannot be read';
  return settings?.ok === false ? settings.error.why : undefined;
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
