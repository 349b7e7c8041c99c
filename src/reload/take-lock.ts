import type { HeldLock, LockHolder, Os } from '../os/os.ts';
import type { Interruption } from './interruption.ts';

/** Who holds the lock is asked again this often: nobody waits long for a reload that is over. */
const RETRY_MS = 200;

/** What came of trying to get the lock. */
export type LockResult =
  /** `waited`: somebody else had it until now, so that what was seen before may be out of date. */
  | { readonly got: 'lock'; readonly lock: HeldLock; readonly waited: boolean }
  | { readonly got: 'busy'; readonly holder: LockHolder }
  | { readonly got: 'interrupted' };

/**
 * One action a program at a time, whoever runs it. With `wait` the holder is waited for as long as it lives and works: the kernel drops its
 * lock when it dies, and all that it does has limits of its own.
 */
export async function takeLock(
  os: Os,
  interruption: Interruption,
  request: {
    readonly key: string;
    readonly purpose: string;
    readonly wait: boolean;
    readonly onWait: (holder: LockHolder) => void;
  },
): Promise<LockResult> {
  let isTold = false;
  for (;;) {
    const attempt = await os.tryLock(request.key, request.purpose);
    if (attempt.ok) return { got: 'lock', lock: attempt.lock, waited: isTold };
    if (!request.wait) return { got: 'busy', holder: attempt.holder };
    if (!isTold) request.onWait(attempt.holder);
    isTold = true;
    try {
      await os.sleep(RETRY_MS, interruption.orderly);
    } catch {
      return { got: 'interrupted' }; // sleep rejects only when it is aborted.
    }
  }
}
