import type { Condition } from '../policy/condition.ts';
import { entryOf, type Victim } from './conditions.ts';
import type { StepFailure } from './events.ts';
import { isAlive } from './is-alive.ts';
import { sendSignal } from './send-signal.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil, type WaitEnd } from './watch.ts';

/** A KILLed process is gone at once unless it hangs in the kernel. */
const GONE_AFTER_KILL_MS = 10_000;

/** A worker that nothing keeps leaves at once when it is asked; one with a request under way gets so long after its time. */
const LAST_CHANCE_MS = 1000;

/**
 * KILLs, one by one and by identity, whoever keeps `condition` from being true, and waits until they are
 * gone. `afterMs` is how long they had been asked.
 */
export async function escalate(
  session: Session,
  condition: Condition,
  afterMs: number,
): Promise<StepFailure | undefined> {
  const { lastChance, victims } = entryOf(condition);
  const find = async (): Promise<readonly Victim[]> => (await victims?.(session, condition)) ?? [];
  if (lastChance === 'everyone') {
    const failure = await askOnceMore(session, await find());
    if (failure !== undefined) return failure;
  }
  const all = await find();
  const [first, ...others] = all;
  if (lastChance !== 'all-but-first' || first === undefined) return kill(session, all, afterMs);
  return (
    (await kill(session, [first], afterMs)) ??
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
    session.tellKilled({
      pid: id.pid,
      role,
      by: 'reloadctl',
      afterMs,
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
