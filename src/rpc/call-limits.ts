/** setTimeout takes no more: about 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What may end a call early: its time or its caller; `cause` tells which came first. Not
 * AbortSignal.any, which in Node 20 keeps every signal alive as long as the caller's.
 */
export class CallLimits {
  readonly timeoutMs: number;
  readonly #controller = new AbortController();
  readonly #abort: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.#end('aborted');
  };
  #timer: NodeJS.Timeout | undefined;
  #cause: 'timeout' | 'aborted' | undefined;

  /** Starts the clock at once. `release` must be called in the end. */
  constructor(timeoutMs: number, abort: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs;
    this.#abort = abort;
    if (abort?.aborted === true) {
      this.#end('aborted');
      return;
    }
    abort?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(
      () => {
        this.#end('timeout');
      },
      Math.min(Math.max(timeoutMs, 0), MAX_TIMER_MS),
    );
  }

  /** Fires when the call has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the call had to end, or undefined while it may go on. */
  get cause(): 'timeout' | 'aborted' | undefined {
    return this.#cause;
  }

  /** From now on only the caller ends the call. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of the timer and of the caller's signal. */
  release(): void {
    this.stopClock();
    this.#abort?.removeEventListener('abort', this.#onAbort);
  }

  #end(cause: 'timeout' | 'aborted'): void {
    this.#cause ??= cause;
    this.#controller.abort();
  }
}
