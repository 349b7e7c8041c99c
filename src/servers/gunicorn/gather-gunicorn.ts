import { isMissing } from '../is-missing.ts';
import { join, resolve as resolvePath } from 'node:path';
import type { Program } from '../../config/program.ts';
import type { CredentialsFailure } from '../../os/credentials.ts';
import type { Files } from '../../os/files.ts';
import type { Os } from '../../os/os.ts';
import { hasEnded, isSameProc, type Proc, type ProcId } from '../../os/proc.ts';
import type { GunicornFacts, MemoryFacts, PreflightFacts, ReleaseFacts } from './gunicorn-facts.ts';
import type { GunicornCommandLine } from './command-line.ts';
import { configArgument, findArgument, findRelativeConfig } from './find-argument.ts';
import { findOther } from './find-interpreter.ts';
import { findMoved, findTaken } from './find-bound.ts';
import { hasMasterSignals } from './master-signals.ts';
import { ServerObserver } from '../observe-server.ts';
import type { ServerSearch } from '../recognise.ts';
import type { ServerView } from '../server-view.ts';
import { readGunicornSettings, type GunicornContext, type GunicornSettings } from './settings.ts';
import { canActAs, type Rights } from '../../os/credentials.ts';
import {
  findCommand,
  mayRunConfigured,
  nameOfRights,
  environmentToBoot,
  type ServerTarget,
} from '../boot-context.ts';
import { addressesOf } from '../listening.ts';

/** Everything known of a running gunicorn, and how its code can be booted aside. */
export interface GatheredGunicorn {
  readonly facts: GunicornFacts;
  readonly context: GunicornContext | undefined;
}

/** What is remembered of a reload of ours by which this very master loaded its settings last. */
export interface LastLoad {
  readonly atEpochMs: number;
  readonly workersConfigured: number;
  /** Whether the master loaded the application itself. */
  readonly preloaded?: boolean;
}

/** What earlier runs remember of a master. */
interface GunicornMemory {
  loadedBy(master: ProcId): LastLoad | undefined;
  /** Whether it may have a pre_exec. */
  hasPreExec(master: ProcId): boolean;
}

/** Looks at a running gunicorn from every side. */
export async function gatherGunicorn(
  os: Os,
  asked: ServerTarget,
  { server, live }: Extract<ServerSearch, { found: 'server' }>,
  memory: GunicornMemory,
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
  const other = await findOther(os, target, master, environment.value, rights);
  // What the master was started with is not what the next start would use.
  const command =
    other?.command ?? (await findCommand(os, target, master, environment.value, rights));
  const startsAnew = target.startsAnew || other !== undefined;
  const cwd = await startDirectory(os, { ...target, startsAnew }, release, command, rights);
  const context: GunicornContext = { cwd, env: environment.value, rights };
  // Its code runs with its own rights, or not at all.
  const mayAsk = canActAs(rights, os.me);
  const settings =
    command === undefined || !mayAsk
      ? undefined
      : await readGunicornSettings(
          os,
          command,
          context,
          abort,
          Math.max(await os.startedAt(master), memory.loadedBy(master)?.atEpochMs ?? -Infinity),
        );
  const known = settings?.ok === true ? settings.value : undefined;
  const listeners = await os.listeners();
  const boundNow = await addressesOf(os, [master], listeners);
  const configChanged = await isConfigChanged(os, master, known, memory);
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
    relativeConfig:
      known === undefined || command === undefined
        ? undefined
        : findRelativeConfig(command, known, release.masterCwd, cwd),
    preExecUnproved:
      known?.hooks.includes('pre_exec') === true || (configChanged && memory.hasPreExec(master)),
    preloadedBefore: memory.loadedBy(master)?.preloaded,
    workersConfiguredBefore:
      memory.loadedBy(master)?.workersConfigured ??
      (target.startsAnew && !configChanged && view.workers.length > (known?.workers ?? Infinity)
        ? await askWorkersOfMaster(os, target, master, context, abort)
        : undefined),
    release: {
      ...release,
      interpreter: other?.interpreter,
      chdirNow: known?.chdirReal ?? (await resolve(os.files(rights), known?.chdir)),
    },
    memory: await measureMemory(os, view),
    bindMoves:
      known === undefined || known.reusePort || !configChanged
        ? []
        : findMoved(
            known.listening,
            // gunicornc's socket is not one of bind.
            boundNow.filter(
              (address) =>
                address !== `unix:${known.controlSocket ?? ''}` &&
                !address.endsWith('gunicorn.ctl'),
            ),
          ),
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
  target: ServerTarget,
  rights: Rights,
): Promise<ServerTarget> {
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
  { program, supervisorProc }: ServerTarget,
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
  const pwdNow = pwd === program?.directory ? directoryNow : await followPath(os, pwd, rights);
  return {
    directory: program?.directory,
    directoryNow,
    masterCwd: cwd.ok ? cwd.value : undefined,
    pwdNow,
    chdirNow: undefined,
    gone: findGone(program, {
      directoryNow,
      pwd,
      pwdNow,
      isMissing: await isMissing(os, program?.directory),
    }),
  };
}

/**
 * The directory that gunicorn goes back to at each load and each USR2, where it is not there: PWD of the start where that named its directory
 * (gunicorn/util.py, getcwd), else the directory of the start. A PWD that a supervisor hands on from its own shell names none.
 */
function findGone(
  program: Program | undefined,
  {
    directoryNow,
    pwd,
    pwdNow,
    isMissing,
  }: Record<'directoryNow' | 'pwd' | 'pwdNow', string | undefined> & { isMissing: boolean },
): ReleaseFacts['gone'] {
  const directory = program?.directory;
  if (directory !== undefined && directoryNow === undefined && isMissing) {
    return { path: directory, named: 'directory' };
  }
  const isHandedOn =
    directory !== undefined && pwd !== directory && program?.environment.PWD === undefined;
  return pwd?.startsWith('/') === true && pwdNow === undefined && !isHandedOn
    ? { path: pwd, named: 'PWD' }
    : undefined;
}

/**
 * Where the next boot begins. A master that has gone to a directory of its own since (--chdir, chdir) goes back to that of its start first, where
 * a relative -c lies (gunicorn/app/base.py, load_config).
 */
async function startDirectory(
  os: Os,
  { startsAnew }: ServerTarget,
  release: ReleaseFacts,
  command: GunicornCommandLine | undefined,
  rights: Rights,
): Promise<string | undefined> {
  const { directoryNow, masterCwd } = release;
  const next = bootDirectory(release);
  if (startsAnew) return directoryNow ?? next;
  if (directoryNow === undefined || command === undefined || masterCwd === directoryNow) {
    return next;
  }
  const chdir = findArgument(command.args, ['--chdir']);
  if (chdir !== undefined) {
    // A link that the directory and --chdir both name: where the start was is where the master is.
    const led = await os.files(rights).realpath(resolvePath(directoryNow, chdir));
    return led.ok && led.value === directoryNow ? next : directoryNow;
  }
  const config = configArgument(command.args);
  if (config === undefined || config.startsWith('/') || config.startsWith('python:')) return next;
  const exists = async (directory: string | undefined): Promise<boolean> =>
    directory !== undefined && (await os.files(rights).stat(join(directory, config))).ok;
  return !(await exists(next)) && (await exists(directoryNow)) ? directoryNow : next;
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
  memory: GunicornMemory,
): Promise<boolean> {
  if (settings?.configFile === undefined) return false;
  const { configMtimeMs } = settings;
  if (configMtimeMs === undefined) return false;
  const loadedAt = Math.max(
    await os.startedAt(master),
    memory.loadedBy(master)?.atEpochMs ?? -Infinity,
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
