import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import { MARKERS, readProgramMarker } from './program-marker.ts';
import type { Session } from './session.ts';

/** Every living process at or below `root`, and those of the process group that it leads. */
export function listTree(all: readonly Proc[], root: ProcId): readonly Proc[] {
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
  const { supervised } = session;
  if (supervised === undefined) return;
  const all = await session.os.processes();
  session.marker ??= await readProgramMarker(session.os, supervised);
  session.remember(listTree(all, supervised));
}

/** Processes of the program that are alive although the supervisor says that it is stopped. Never ourselves or whoever started us. */
export async function findLeftovers(session: Session): Promise<readonly Proc[]> {
  const all = await session.os.processes();
  const spared = ancestorsOf(all, session.os.me.pid);
  const candidates = all.filter((proc) => !hasEnded(proc) && !spared.has(proc.pid));
  const leftovers: Proc[] = [];
  for (const proc of candidates) {
    if (session.isRemembered(proc) || (await bearsMarker(session, proc))) leftovers.push(proc);
  }
  return leftovers;
}

async function bearsMarker(session: Session, proc: Proc): Promise<boolean> {
  const { marker } = session;
  if (marker === undefined) return false;
  const own = await readProgramMarker(session.os, proc);
  return own !== undefined && MARKERS.every((name) => own[name] === marker[name]);
}

function ancestorsOf(all: readonly Proc[], pid: number): ReadonlySet<number> {
  const spared = new Set<number>([1]);
  for (let current = pid; current > 1 && !spared.has(current);) {
    spared.add(current);
    current = all.find((proc) => proc.pid === current)?.ppid ?? 0;
  }
  return spared;
}
