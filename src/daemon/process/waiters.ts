/** Everybody who waits for the same thing. */
export class Waiters<T = void> {
  #waiting: Array<(value: T) => void> = [];

  /** Resolves with what {@link settle} is called with next. */
  wait(): Promise<T> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  settle(value: T): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(value);
  }
}
