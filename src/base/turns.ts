/** A long computation that yields where it may be put off for a moment. */
export type Turns<T> = Generator<undefined, T, undefined>;

/** What a turn may take; so long whatever else has to be done is kept waiting. */
const TURN_MS = 20;

/** Carries it out in one go, for processes that have nothing else to do. */
export function atOnce<T>(work: Turns<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Runs it in slices, so that signals, timers and other clients get their turn. Rejects with the
 * reason of `abort` when that fires.
 */
export async function inTurns<T>(work: Turns<T>, abort?: AbortSignal): Promise<T> {
  let beganMs = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - beganMs < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    abort?.throwIfAborted();
    beganMs = performance.now();
  }
}
