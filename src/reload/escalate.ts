import { hasEnded, isSameProc, type ProcId } from '../os/proc.ts';
import type { Condition, Role } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import { findLeftovers } from './leftover-processes.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil } from './watch.ts';

/** A KILLed process is gone at once unless it hangs in the kernel. */
const GONE_AFTER_KILL_MS = 10_000;

interface Victim {
  readonly id: ProcId;
  readonly role: Role;
}

/** Who keeps a condition from being true after its time: the processes that may be KILLed for it. */
async function findVictims(session: Session, condition: Condition): Promise<readonly Victim[]> {
  switch (condition.is) {
    case 'old-workers-left': {
      const view = await session.look();
      const old = (view?.workers ?? []).filter(({ proc }) => session.isOld(proc));
      return old
        .slice(0, Math.max(0, old.length - condition.atMost))
        .map(({ proc }) => ({ id: proc, role: 'old-workers' }));
    }
    case 'bridge-gone': {
      const { bridge, bridgeWorkers } = session;
      return bridge === undefined
        ? []
        : [bridge, ...bridgeWorkers].map((id) => ({ id, role: 'bridge' }));
    }
    case 'nothing-left':
      return (await findLeftovers(session)).map((id) => ({ id, role: 'leftovers' }));
    case 'bridge-appeared':
    case 'bridge-ready':
    case 'bridge-steady':
    case 'new-worker-appeared':
    case 'new-workers-ready':
    case 'workers-ready':
    case 'workers-at-least':
    case 'drained':
    case 'settled':
    case 'healthy':
    case 'serving':
    case 'stopped':
      return [];
  }
}

/** Whether this very process is still there. */
export async function isAlive(session: Session, id: ProcId): Promise<boolean> {
  const proc = await session.os.process(id.pid);
  return proc !== undefined && isSameProc(proc, id) && !hasEnded(proc);
}

/**
 * KILLs, one by one and by identity, whoever keeps `condition` from being true, and waits until they are gone. `afterMs` is how long
 * they had been asked.
 */
export async function escalate(
  session: Session,
  condition: Condition,
  afterMs: number,
): Promise<StepFailure | undefined> {
  for (const { id, role } of await findVictims(session, condition)) {
    if (!(await isAlive(session, id))) continue;
    const outcome = await session.os.kill(id, 'SIGKILL');
    if (outcome === 'denied') return { why: 'denied', role, pid: id.pid };
    if (outcome === 'gone') continue;
    session.killed += 1;
    session.emit({
      event: 'killed',
      pid: id.pid,
      role,
      by: 'reloadctl',
      afterMs: Math.round(afterMs),
    });
    const gone = await waitUntil(
      session,
      async () => ((await isAlive(session, id)) ? NOT_YET : TRUE),
      GONE_AFTER_KILL_MS,
      session.parts.interruption.atOnce,
    );
    if (gone.end === 'limit') return { why: 'limit', limitMs: GONE_AFTER_KILL_MS };
    if (gone.end === 'interrupted') return { why: 'interrupted' };
  }
  return undefined;
}
