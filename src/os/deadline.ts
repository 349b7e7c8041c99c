import type { Os } from './os.ts';

/** A moment on the monotonic clock after which waiting has to end. */
export class Deadline {
  readonly #clock: Pick<Os, 'now'>;
  readonly #at: number;

  private constructor(clock: Pick<Os, 'now'>, at: number) {
    this.#clock = clock;
    this.#at = at;
  }

  /** `ms` milliseconds from now. */
  static after(clock: Pick<Os, 'now'>, ms: number): Deadline {
    return new Deadline(clock, clock.now() + ms);
  }

  /** Milliseconds left, never below 0. */
  get remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /** Whether the moment has come. */
  get isOver(): boolean {
    return this.remainingMs === 0;
  }
}
