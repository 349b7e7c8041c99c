import type { HeldLock, LockHolder, Os } from '../os/os.ts';
import type { Interruption } from './interruption.ts';

/** Who holds the lock is asked again this often: nobody waits long for a reload that is over. */
const RETRY_MS = 200;

/** What came of trying to get the lock. */
export type LockResult =
  /** `waited`: somebody else had it until now, so that what was seen before may be out of date. */
  | {
      readonly got: 'lock';
      readonly lock: HeldLock;
      readonly waited: boolean;
      readonly beside: readonly LockHolder[];
    }
  | { readonly got: 'busy'; readonly holder: LockHolder; readonly waitedMs: number | undefined }
  | { readonly got: 'interrupted' };

/**
 * For how long somebody else is waited for where nothing else was said: what the boots (two minutes each where nothing is known), the graceful
 * timeouts and the settling of a reload add up to at most, as a rule. Who works longer (a job runner that finishes) is named instead.
 */
export const LOCK_WAIT_MS = 600_000;

/** One action a program at a time. Who dies keeps nobody out any more; who lives is waited for until `waitMs` are over. */
export async function takeLock(
  os: Os,
  interruption: Interruption,
  request: {
    readonly key: string;
    readonly purpose: string;
    /** 0: not at all. */
    readonly waitMs: number;
    readonly onWait: (holder: LockHolder) => void;
  },
): Promise<LockResult> {
  let isTold = false;
  const beganMs = os.now();
  for (;;) {
    const attempt = await os.tryLock(request.key, request.purpose);
    if (attempt.ok) {
      return { got: 'lock', lock: attempt.lock, waited: isTold, beside: attempt.beside };
    }
    const waitedMs = os.now() - beganMs;
    if (waitedMs >= request.waitMs) {
      return { got: 'busy', holder: attempt.holder, waitedMs: isTold ? waitedMs : undefined };
    }
    if (!isTold) request.onWait(attempt.holder);
    isTold = true;
    try {
      await os.sleep(RETRY_MS, interruption.orderly);
    } catch {
      return { got: 'interrupted' }; // sleep rejects only when it is aborted.
    }
  }
}
