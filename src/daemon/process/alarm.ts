import type { Os } from '../../os/os.ts';

/** One call at one moment, which can be moved and taken back. */
export class Alarm {
  readonly #os: Pick<Os, 'now' | 'sleep'>;
  readonly #ring: () => void;
  #atMs: number | undefined;
  #pending: AbortController | undefined;

  constructor(os: Pick<Os, 'now' | 'sleep'>, ring: () => void) {
    this.#os = os;
    this.#ring = ring;
  }

  /** The moment on the monotonic clock in milliseconds, in the place of an earlier one; undefined: never. */
  set(atMs: number | undefined): void {
    if (atMs === this.#atMs) return;
    this.#pending?.abort();
    this.#pending = undefined;
    this.#atMs = atMs;
    if (atMs !== undefined) void this.#wait(atMs);
  }

  async #wait(atMs: number): Promise<void> {
    const pending = new AbortController();
    this.#pending = pending;
    try {
      await this.#os.sleep(Math.max(0, atMs - this.#os.now()), pending.signal);
    } catch {
      return; // Taken back: sleep rejects for nothing else.
    }
    if (pending.signal.aborted) return;
    this.#pending = undefined;
    this.#atMs = undefined;
    this.#ring();
  }
}
