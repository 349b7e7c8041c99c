import { Deadline } from '../os/deadline.ts';
import type { ProcId } from '../os/proc.ts';
import type { Step } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import { sendSignal } from './send-signal.ts';
import { tellServer } from './tell-server.ts';
import type { Session } from './session.ts';
import { NOT_YET, never, TRUE, waitUntil, type WaitEnd } from './watch.ts';

/**
 * A worker that TTOU sent away may finish a request first, so its end says little. The master's loop takes at most a second until the
 * signal was handled, after which the next one cannot fall together with it.
 */
const SHRINK_PAUSE_MS = 1200;

/**
 * Brings the number of workers from `from` to `to`, one TTIN or TTOU at a time: signals of one kind that arrive together count once
 * (signal(7)), so each is seen to work before the next is sent.
 */
export async function scaleWorkers(
  session: Session,
  step: Extract<Step, { do: 'scale' }>,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  if (step.from === step.to) return correctCount(session, step, abort);
  const grows = step.to > step.from;
  for (let done = 0; done < Math.abs(step.to - step.from); done += 1) {
    const { master } = session.roles;
    if (master === undefined) return { why: 'died', role: 'master', pid: 0 };
    const before = (await session.look())?.workers.length ?? 0;
    const failure = await askFor(session, step, master, grows ? 'more' : 'fewer', abort);
    if (failure !== undefined) return failure;
    const end = await waitForCount(
      session,
      (count) => (grows ? count > before : count < before),
      grows ? step.limit.ms : SHRINK_PAUSE_MS,
      abort,
    );
    if (end.end === 'never') return end.failure;
    if (end.end === 'interrupted') return { why: 'interrupted' };
    if (end.end === 'limit' && grows) return { why: 'limit', limitMs: step.limit.ms };
  }
  return undefined;
}

/**
 * A signal of a row may have been lost to another one of its kind. When nobody is leaving any more, a count that stays wrong for longer than a
 * pass of the master's loop is put right.
 */
async function correctCount(
  session: Session,
  step: Extract<Step, { do: 'scale' }>,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const deadline = Deadline.after(session.os, step.limit.ms);
  while (!deadline.isOver) {
    const end = await waitForCount(session, (count) => count === step.to, SHRINK_PAUSE_MS, abort);
    if (end.end === 'true') return undefined;
    if (end.end === 'never') return end.failure;
    if (end.end === 'interrupted') return { why: 'interrupted' };
    const { master } = session.roles;
    const { view } = session.seen;
    if (master === undefined || view === undefined) continue;
    const what = view.workers.length > step.to ? 'fewer' : 'more';
    const failure = await askFor(session, step, master, what, abort);
    if (failure !== undefined) return failure;
  }
  return { why: 'limit', limitMs: step.limit.ms };
}

const SIGNALS = {
  more: { by: 'signal', signal: 'SIGTTIN' },
  fewer: { by: 'signal', signal: 'SIGTTOU' },
} as const;

/** Asks for one worker more or fewer. */
async function askFor(
  session: Session,
  { by = SIGNALS, via, limit }: Extract<Step, { do: 'scale' }>,
  master: ProcId,
  what: 'more' | 'fewer',
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const scaling = by[what];
  return scaling.by === 'signal'
    ? sendSignal(session, scaling.signal, { id: master, role: 'master', via })
    : tellServer(session, { what: scaling, limit }, abort);
}

/** Waits until the master's number of workers is as wanted. */
async function waitForCount(
  session: Session,
  isWanted: (count: number) => boolean,
  limitMs: number,
  abort: AbortSignal,
): Promise<WaitEnd> {
  return waitUntil(
    session,
    async () => {
      const view = await session.look();
      if (view === undefined) {
        return never({ why: 'died', role: 'master', pid: session.roles.master?.pid ?? 0 });
      }
      return isWanted(view.workers.length) ? TRUE : NOT_YET;
    },
    limitMs,
    abort,
  );
}
