import { hasEnded, isSameProc, type ProcId } from '../os/proc.ts';
import { findClaimed, findSupervisor } from './claimed-process.ts';
import type { Session } from './session.ts';

/** The identity of a process that the supervisor has named in an action; undefined where it has ended, or is not believed to be its. */
export async function identifyClaimed(session: Session, pid: number): Promise<ProcId | undefined> {
  const { os } = session;
  const { supervisor } = session.parts;
  const proc = pid === 0 ? undefined : await os.process(pid);
  if (proc === undefined || hasEnded(proc)) return undefined;
  const id = { pid: proc.pid, startTicks: proc.startTicks };
  if (supervisor === undefined || isOurs(session, id)) return id;
  if (await isBelieved(session, pid)) return id;
  // The supervisor may be another one by now: replaced, or started again.
  session.traces.knownSupervisor = await findSupervisor(os, supervisor);
  return (await isBelieved(session, pid)) ? id : undefined;
}

async function isBelieved(session: Session, pid: number): Promise<boolean> {
  const { os } = session;
  const { knownSupervisor } = session.traces;
  if (knownSupervisor === undefined) return false;
  const claimed = await findClaimed(os, knownSupervisor, { pid, isAdopted: false });
  return claimed.ok && claimed.value !== undefined;
}

/** Who has been checked before stays who it is. */
function isOurs({ roles }: Session, id: ProcId): boolean {
  return [roles.supervised, roles.master, roles.successor, ...roles.oldInstances].some(
    (known) => known !== undefined && isSameProc(known, id),
  );
}
