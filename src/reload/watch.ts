import { Deadline } from '../os/deadline.ts';
import type { Limit } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import type { Session } from './session.ts';

/** What one look at a condition says. */
export type Verdict =
  | { readonly is: 'true' }
  | { readonly is: 'not-yet' }
  /** It will never be true. */
  | { readonly is: 'never'; readonly failure: StepFailure };

/** Looks at one condition again and again; what it has to remember between looks lives in the closure. */
export type Check = () => Promise<Verdict>;

export const TRUE: Verdict = { is: 'true' };
export const NOT_YET: Verdict = { is: 'not-yet' };

/** What can still become true. */
export const verdict = (value: boolean): Verdict => (value ? TRUE : NOT_YET);

/** It will never be true, because of this. */
export const never = (failure: StepFailure): Verdict => ({ is: 'never', failure });

/** How a wait ended. */
export type WaitEnd =
  | { readonly end: 'true' }
  | { readonly end: 'limit'; readonly limitMs: number }
  | { readonly end: 'never'; readonly failure: StepFailure }
  | { readonly end: 'interrupted' };

/**
 * Often enough to lose no time that a person would notice, rarely enough to cost less than a tenth of one core with hundreds of processes
 * (a listing of 500 processes takes 8 ms).
 */
const POLL_MS = 40;

/** Milliseconds that are left of a limit, whose clock may have started with an earlier step. */
export function remainingMs(session: Session, limit: Limit): number {
  const spent = limit.since === undefined ? 0 : session.os.now() - session.stepStart(limit.since);
  return Math.max(0, limit.ms - spent);
}

/** Looks again and again until `check` says true or never, the limit is reached, or the wait is interrupted. */
export async function waitUntil(
  session: Session,
  check: Check,
  limitMs: number,
  abort: AbortSignal,
): Promise<WaitEnd> {
  const deadline = Deadline.after(session.os, limitMs);
  for (;;) {
    if (abort.aborted) return { end: 'interrupted' };
    const verdict = await check();
    if (verdict.is === 'true') return { end: 'true' };
    if (verdict.is === 'never') return { end: 'never', failure: verdict.failure };
    if (deadline.isOver) return { end: 'limit', limitMs };
    try {
      await session.os.sleep(Math.min(POLL_MS, Math.max(1, deadline.remainingMs)), abort);
    } catch {
      return { end: 'interrupted' }; // sleep rejects only when it is aborted.
    }
  }
}
