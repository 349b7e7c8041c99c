import { existsSync } from 'node:fs';
import type { Configuration } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { hasEnded, type Proc } from '../../os/proc.ts';
import { digestOf } from '../groups/compare-groups.ts';
import { CONFIGURED_FILES } from '../overlap/instance-files.ts';
import type { KnownSocket } from '../sockets/socket-registry.ts';
import { isAlive } from './foreign-processes.ts';
import type { RuntimeDirectory } from './runtime-directory.ts';
import type { RestingProcess } from './resting-process.ts';
import { memoryOfNothing, NO_STATE, parseState, stopOf, type SavedProcess } from './saved-state.ts';

/** What an earlier daemon has left behind. */
export interface Legacy {
  /** Processes that run. */
  readonly survivors: readonly SavedProcess[];
  /** Processes that have ended since, unseen. */
  readonly ended: readonly SavedProcess[];
  readonly resting: readonly RestingProcess[];
  /**
   * The groups that were active when the daemon handed over what it had, in their order. Undefined when it was killed: then those of the
   * configuration are, and what rested counts only where the configuration is the same.
   */
  readonly groups: readonly string[] | undefined;
  /** The listening sockets of programs that it had. */
  readonly sockets: readonly KnownSocket[];
}

/** Of no daemon. */
export const NO_LEGACY: Legacy = {
  survivors: [],
  ended: [],
  resting: [],
  groups: undefined,
  sockets: [],
};

/**
 * What an earlier daemon on this runtime directory has left behind. Survivors are those processes of its state that still are who they were, and
 * those that it started in its last moment and could not write down, known by their stdin, which is one of our pipes. Where nothing at all
 * has survived (the whole container was killed), the rest of the state is of no use either: everything begins anew.
 */
export async function findLegacy(
  os: Pick<
    Os,
    'process' | 'processes' | 'openFiles' | 'openFileStat' | 'files' | 'environment' | 'startedAt'
  >,
  runtime: RuntimeDirectory,
  configuration: Configuration,
  bootId: string,
  options: { readonly isHandedOver: boolean },
): Promise<Legacy> {
  const text = runtime.readState();
  const state = text === undefined ? NO_STATE : parseState(text, bootId);
  const alive = await Promise.all(state.processes.map(({ id }) => isAlive(os, id)));
  const known = state.processes.filter((_, index) => alive[index] === true);
  const unknown = await findByPipes(os, runtime, configuration, known);
  const survivors = [...known, ...unknown];
  if (survivors.length === 0 && !options.isHandedOver) return NO_LEGACY;
  const names = new Set(survivors.filter(isMain).map(nameOf));
  const hasNotSurvived = (each: { readonly group: string; readonly name: string }): boolean =>
    !names.has(nameOf(each));
  return {
    survivors,
    ended: state.processes.filter(isMain).filter(hasNotSurvived),
    resting: state.resting.filter(hasNotSurvived),
    groups: options.isHandedOver ? state.groups : undefined,
    sockets: state.sockets,
  };
}

async function findByPipes(
  os: Pick<Os, 'processes' | 'openFiles' | 'openFileStat' | 'files' | 'environment' | 'startedAt'>,
  runtime: RuntimeDirectory,
  configuration: Configuration,
  survivors: readonly SavedProcess[],
): Promise<readonly SavedProcess[]> {
  // Where the pipes are only made later, nobody can have them open.
  const byStdin = new Map(
    configuration.groups
      .flatMap(({ programs }) => programs)
      .map((program) => [runtime.fifosOf(program.group, program.name).stdin, program] as const)
      .filter(([path]) => existsSync(path)),
  );
  const found: SavedProcess[] = [];
  if (byStdin.size === 0) return found;
  const pids = new Set<number>(survivors.map(({ id }) => id.pid));
  const mains = new Set(survivors.filter(isMain).map(nameOf));
  const strangers = (await os.processes())
    .filter((proc) => !hasEnded(proc) && leadsSession(proc) && !pids.has(proc.pid))
    .sort((a, b) => a.startTicks - b.startTicks);
  for (const proc of strangers) {
    const program = byStdin.get((await stdinOf(os, proc)) ?? '');
    if (program === undefined) continue;
    const { stdin } = runtime.fifosOf(program.group, program.name);
    if (!(await hasThatStdin(os, proc, stdin))) continue;
    const isBeside = mains.has(nameOf(program));
    // Beside a process that is known it is a second instance, or something that the program itself has started.
    if (isBeside && !(await hasOurSockets(os, proc))) continue;
    mains.add(nameOf(program));
    const startedEpochMs = await os.startedAt(proc);
    found.push({
      id: { pid: proc.pid, startTicks: proc.startTicks },
      group: program.group,
      name: program.name,
      kind: program.kind,
      role: isBeside ? 'successor' : 'main',
      state: 'RUNNING',
      startedEpochMs,
      memory: memoryOfNothing('RUNNING', startedEpochMs),
      logs: { stdout: undefined, stderr: undefined },
      fingerprint: digestOf(program),
      sockets: [],
      files: CONFIGURED_FILES,
      gracefulTimeoutS: undefined,
      stop: stopOf(program, program.stopwaitsecs),
    });
  }
  return found;
}

function isMain({ role }: SavedProcess): boolean {
  return role === 'main';
}

/** Whether listening sockets were passed to this very process, and not to one above it. */
async function hasOurSockets(os: Pick<Os, 'environment'>, proc: Proc): Promise<boolean> {
  const environment = await os.environment(proc);
  return environment.ok && environment.value.LISTEN_PID === String(proc.pid);
}

function nameOf({ group, name }: { readonly group: string; readonly name: string }): string {
  return `${group}:${name}`;
}

/** We start each program in a session of its own; what it forks is in the same one. */
function leadsSession({ pid, sid, pgid }: Proc): boolean {
  const number: number = pid;
  return sid === number && pgid === number;
}

/** In a mount namespace of its own a process can have anything under the name of our pipe (mount_namespaces(7)). */
async function hasThatStdin(
  os: Pick<Os, 'openFileStat' | 'files'>,
  proc: Proc,
  path: string,
): Promise<boolean> {
  const [theirs, ours] = await Promise.all([os.openFileStat(proc, 0), os.files('ours').stat(path)]);
  if (!theirs.ok || !ours.ok) return false;
  return theirs.value.ino === ours.value.ino && theirs.value.dev === ours.value.dev;
}

async function stdinOf(os: Pick<Os, 'openFiles'>, proc: Proc): Promise<string | undefined> {
  const files = await os.openFiles(proc);
  if (!files.ok) return undefined; // Gone, or somebody else's: not ours.
  return files.value.find(({ fd }) => fd === 0)?.target;
}
