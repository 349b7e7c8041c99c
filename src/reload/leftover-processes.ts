import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import { bearsMarker, readProgramMarker } from '../os/program-marker.ts';
import { findSupervisor, provenProc } from './claimed-process.ts';
import { deriveProgramMarker } from './derive-program-marker.ts';
import type { Session } from './session.ts';

/** Every living process at or below `root`, and those of the process group that it leads. */
function listTree(all: readonly Proc[], root: ProcId): readonly Proc[] {
  const found = new Map<number, Proc>();
  const add = (proc: Proc): void => {
    if (found.has(proc.pid) || hasEnded(proc)) return;
    found.set(proc.pid, proc);
    for (const child of all) if (child.ppid === proc.pid) add(child);
  };
  const top = all.find((proc) => isSameProc(proc, root));
  if (top === undefined) return [];
  add(top);
  // A process group bears the pid of its leader, so the number cannot have been given to another group while it exists.
  if (top.pgid === top.pid) for (const proc of all) if (proc.pgid === top.pgid) add(proc);
  return [...found.values()];
}

/** Remembers every process of the program while it still has parents, to find them again when it is stopped. */
export async function rememberProcesses(session: Session): Promise<void> {
  const all = await session.os.processes();
  await learnMarker(session, all);
  if (session.roles.supervised !== undefined)
    session.traces.remember(listTree(all, session.roles.supervised));
  learnUids(session, all);
}

/**
 * The users of the program: the configured one, else its supervisor's, and that of the process that is supervised. Only below a process of
 * root's do others count: a set-user-ID program of anybody else's makes nobody root.
 */
function learnUids(session: Session, all: readonly Proc[]): void {
  const { program } = session.parts;
  const configured = program?.user?.uid ?? provenProc(session.traces.knownSupervisor)?.uid;
  if (configured !== undefined) session.traces.uids.add(configured);
  const { supervised } = session.roles;
  const root = all.find((proc) => supervised !== undefined && isSameProc(proc, supervised));
  if (root === undefined) return;
  for (const { uid } of root.uid === 0
    ? all.filter((proc) => session.traces.isRemembered(proc))
    : [root]) {
    session.traces.uids.add(uid);
  }
}

/** Finds out, once, what the processes of the program bear. */
async function learnMarker(session: Session, all: readonly Proc[]): Promise<void> {
  const { supervisor, supervisorName } = session.parts;
  if (
    session.traces.marker !== undefined ||
    supervisor === undefined ||
    supervisorName === undefined
  ) {
    return;
  }
  session.traces.knownSupervisor ??= await findSupervisor(session.os, supervisor);
  session.traces.supervisorPid = session.traces.knownSupervisor.ok
    ? session.traces.knownSupervisor.value.proc.pid
    : undefined;
  const own =
    session.roles.supervised === undefined
      ? undefined
      : await readProgramMarker(session.os, session.roles.supervised);
  // A program can give itself the marks of another one.
  const isItsOwn =
    own !== undefined &&
    `${own.SUPERVISOR_GROUP_NAME}:${own.SUPERVISOR_PROCESS_NAME}` === supervisorName;
  session.traces.marker = isItsOwn
    ? own
    : await deriveProgramMarker(
        session.os,
        supervisorName,
        supervisor.url,
        all.filter(({ ppid }) => ppid === session.traces.supervisorPid),
      );
}

/**
 * Processes of the program that are alive beside those that the supervisor runs of it at this moment. Never ourselves or whoever started
 * us.
 */
export async function findLeftovers(session: Session): Promise<readonly Proc[]> {
  const all = await session.os.processes();
  const spared = ancestorsOf(all, session.os.me.pid);
  const running = await findRunning(session, all);
  const candidates = all.filter(
    (proc) => !hasEnded(proc) && !spared.has(proc.pid) && !running.has(proc.pid),
  );
  const marked = new Set<number>();
  for (const proc of candidates) if (await isMarked(session, proc)) marked.add(proc.pid);
  return candidates.filter(
    (proc) =>
      session.traces.isRemembered(proc) ||
      (marked.has(proc.pid) && isOrphan(session, all, marked, proc)),
  );
}

/** What the supervisor runs of the program: somebody else may have started it again. */
async function findRunning(session: Session, all: readonly Proc[]): Promise<ReadonlySet<number>> {
  const { supervisor, supervisorName } = session.parts;
  if (supervisor === undefined || supervisorName === undefined) return new Set();
  const info = await supervisor.getProcessInfo(supervisorName);
  const root = info.ok ? all.find(({ pid }) => pid === info.value.pid) : undefined;
  return new Set(root === undefined ? [] : listTree(all, root).map(({ pid }) => pid));
}

function isMarked(session: Session, proc: Proc): Promise<boolean> | false {
  const { marker, uids } = session.traces;
  if (marker === undefined || !uids.has(proc.uid)) return false;
  return bearsMarker(session.os, proc, marker);
}

/**
 * Whether the topmost of the marked processes above `proc` is a child of our supervisor, or of somebody above it to whom orphans are given.
 * A program of the same name in a container, seen from outside, has a supervisor of its own above it.
 */
function isOrphan(
  session: Session,
  all: readonly Proc[],
  marked: ReadonlySet<number>,
  proc: Proc,
): boolean {
  const parents = new Map<number, number>(all.map(({ pid, ppid }) => [pid, ppid]));
  let parent: number = proc.ppid;
  const seen = new Set<number>();
  while (marked.has(parent) && !seen.has(parent)) {
    seen.add(parent);
    parent = parents.get(parent) ?? 1;
  }
  return ancestorsOf(all, session.traces.supervisorPid ?? 1).has(parent);
}

/** A process and everybody above it; always init. */
function ancestorsOf(all: readonly Proc[], pid: number): ReadonlySet<number> {
  const spared = new Set<number>([1]);
  for (let current = pid; current > 1 && !spared.has(current);) {
    spared.add(current);
    current = all.find((proc) => proc.pid === current)?.ppid ?? 0;
  }
  return spared;
}
