import { hasEnded, isSameProc, type ProcId } from '../os/proc.ts';
import type { Condition, Role } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import { findLeftovers } from './leftover-processes.ts';
import { sendSignal } from './send-signal.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil, type WaitEnd } from './watch.ts';

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
    case 'master-ended': {
      const { master, masterWorkers } = session;
      return master === undefined
        ? []
        : [
            { id: master, role: 'master' },
            ...masterWorkers.map((id) => ({ id, role: 'old-workers' }) as const),
          ];
    }
    case 'bridge-appeared':
    case 'bridge-ready':
    case 'bridge-steady':
    case 'new-worker-appeared':
    case 'new-workers-ready':
    case 'code-read-anew':
    case 'reload-begun':
    case 'workers-complete':
    case 'retired-gone':
    case 'workers-idle':
    case 'told':
    case 'logs-reopened':
    case 'took-over':
    case 'workers-steady':
    case 'workers-ready':
    case 'workers-at-least':
    case 'drained':
    case 'settled':
    case 'healthy':
    case 'serving':
    case 'stopped':
    case 'successor-appeared':
    case 'successor-ready':
    case 'successor-steady':
    case 'successor-gone':
    case 'promoted':
    case 'old-instance-gone':
    case 'sockets-held':
      return [];
  }
}

/** Whether this very process is still there. */
export async function isAlive(session: Session, id: ProcId): Promise<boolean> {
  const proc = await session.os.process(id.pid);
  return proc !== undefined && isSameProc(proc, id) && !hasEnded(proc);
}

/** A worker that nothing keeps leaves at once when it is asked; one with a request under way gets so long after its time. */
const LAST_CHANCE_MS = 1000;

/**
 * KILLs, one by one and by identity, whoever keeps `condition` from being true, and waits until they are gone. `afterMs` is how long
 * they had been asked. Workers are asked once more first, each by itself: what should have told them may have been lost on the way (a TTOU
 * that fell together with another one, a bridge that hangs).
 */
export async function escalate(
  session: Session,
  condition: Condition,
  afterMs: number,
): Promise<StepFailure | undefined> {
  if (condition.is === 'old-workers-left') {
    const failure = await askOnceMore(session, await findVictims(session, condition));
    if (failure !== undefined) return failure;
  }
  const victims = await findVictims(session, condition);
  const [bridge, ...others] = victims;
  if (condition.is !== 'bridge-gone' || bridge === undefined)
    return kill(session, victims, afterMs);
  return (
    (await kill(session, [bridge], afterMs)) ??
    (await askOnceMore(session, others)) ??
    (await kill(session, others, afterMs))
  );
}

async function askOnceMore(
  session: Session,
  victims: readonly Victim[],
): Promise<StepFailure | undefined> {
  for (const { id, role } of victims) {
    if (!(await isAlive(session, id))) continue;
    const failure = await sendSignal(session, 'SIGTERM', { id, role, via: 'direct' });
    if (failure !== undefined) return failure;
  }
  const end = await waitUntilGone(session, victims, LAST_CHANCE_MS);
  return end === 'interrupted' ? { why: 'interrupted' } : undefined;
}

async function kill(
  session: Session,
  victims: readonly Victim[],
  afterMs: number,
): Promise<StepFailure | undefined> {
  for (const victim of victims) {
    const { id, role } = victim;
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
    const end = await waitUntilGone(session, [victim], GONE_AFTER_KILL_MS);
    if (end === 'limit') return { why: 'limit', limitMs: GONE_AFTER_KILL_MS };
    if (end === 'interrupted') return { why: 'interrupted' };
  }
  return undefined;
}

async function waitUntilGone(
  session: Session,
  victims: readonly Victim[],
  limitMs: number,
): Promise<WaitEnd['end']> {
  const { end } = await waitUntil(
    session,
    async () => {
      for (const { id } of victims) if (await isAlive(session, id)) return NOT_YET;
      return TRUE;
    },
    limitMs,
    session.parts.interruption.atOnce,
  );
  return end;
}
