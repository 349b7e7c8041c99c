/** setTimeout takes 32 bits and fires at once for more (Node's documentation of setTimeout). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The three members of Os that deal with time, for every real operating system. */
export const realClock = {
  now: (): number => performance.now(),
  wallClock: (): number => Date.now(),
  sleep,
} as const;

function sleep(ms: number, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(reasonOf(abort));
    };
    const timer = setTimeout(
      () => {
        abort?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    if (abort?.aborted) onAbort();
    else abort?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What `work` resolves to, or `late` if that takes longer than `ms`. Leaves no timer behind. */
export async function settleWithin<T, L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<L>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The reason of an abort is whatever its caller gave; a rejection should be an Error. */
function reasonOf(abort: AbortSignal | undefined): Error {
  const reason: unknown = abort?.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
