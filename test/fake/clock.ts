/** Something that happens at one virtual moment; `cancel` takes it back. */
export interface Timer {
  readonly cancel: () => void;
}

interface Entry extends Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly action: () => void;
  isCancelled: boolean;
}

/** Nothing that is tested takes longer; a wait without an end is a bug and shall not hang the tests. */
const LONGEST_RUN_MS = 15 * 60_000;

/**
 * Time that stands still while anybody works and jumps to the next timer when everybody sleeps. The same run has the same moments
 * in the same order each time.
 */
export class VirtualClock {
  /** 14 November 2023: any date will do, and always the same one. */
  static readonly EPOCH_MS = 1_700_000_000_000;

  #nowMs = 0;
  #sequence = 0;
  /** The next one last. */
  readonly #timers: Entry[] = [];
  readonly #watchers: Array<() => void> = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Milliseconds since the epoch. */
  get wallMs(): number {
    return VirtualClock.EPOCH_MS + this.#nowMs;
  }

  /** Calls `action` in `ms` milliseconds. */
  after(ms: number, action: () => void): Timer {
    const entry: Entry = {
      atMs: this.#nowMs + Math.max(0, ms),
      sequence: (this.#sequence += 1),
      action,
      isCancelled: false,
      cancel: () => {
        entry.isCancelled = true;
      },
    };
    if (Number.isFinite(entry.atMs)) this.#insert(entry);
    return entry;
  }

  /** As Os.sleep: resolves after `ms`, rejects with the reason of `abort` when that comes first. */
  sleep(ms: number, abort?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer.cancel();
        const reason: unknown = abort?.reason;
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      };
      const timer = this.after(ms, () => {
        abort?.removeEventListener('abort', onAbort);
        resolve();
      });
      if (abort?.aborted === true) onAbort();
      else abort?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Calls `watcher` whenever everybody sleeps again: after each moment at which something happened. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** Lets time pass until `work` has settled. Throws when nothing is left to happen, or after a quarter of an hour. */
  async run<T>(work: Promise<T>): Promise<T> {
    const progress = { isSettled: false };
    const note = (): void => {
      progress.isSettled = true;
    };
    work.then(note, note);
    const limit = this.#nowMs + LONGEST_RUN_MS;
    for (;;) {
      await everybodySleeps();
      for (const watcher of this.#watchers) watcher();
      if (progress.isSettled) return work;
      if (this.#nowMs > limit) throw new Error(`still not done after ${LONGEST_RUN_MS} virtual ms`);
      if (!this.#advance()) throw new Error('nothing is left to happen, and the work is not done');
    }
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    await this.run(this.sleep(ms));
  }

  #insert(entry: Entry): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle];
      if (other !== undefined && isLater(other, entry)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, entry);
  }

  #advance(): boolean {
    for (;;) {
      const next = this.#timers.pop();
      if (next === undefined) return false;
      if (next.isCancelled) continue;
      this.#nowMs = next.atMs;
      next.action();
      return true;
    }
  }
}

const isLater = (a: Entry, b: Entry): boolean =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.sequence > b.sequence);

/** Every chain of promises runs to its next sleep before the event loop reaches its check phase. */
function everybodySleeps(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
