import { hasEnded, isSameProc, type ProcId } from '../os/proc.ts';
import type { Session } from './session.ts';

/** Whether this very process is still there. */
export async function isAlive(session: Session, id: ProcId): Promise<boolean> {
  const proc = await session.os.process(id.pid);
  return proc !== undefined && isSameProc(proc, id) && !hasEnded(proc);
}
