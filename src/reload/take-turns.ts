/** How {@link takeTurns} goes about it. */
export interface Turns<T> {
  /** How many at the same time. */
  readonly atOnce: number;
  /** Items of the same key never at the same time: they stand in for each other. Undefined: with anybody. */
  readonly keyOf: (item: T) => string | undefined;
  /** Does one; false: nothing more is to be begun. What has begun goes on to its end. */
  readonly work: (item: T) => Promise<boolean>;
}

/**
 * Gives each item its turn, begun in their order, `atOnce` at a time. Resolves when all that was begun has ended; rejects then with the first error
 * of `work`, after which nothing is begun either.
 */
export async function takeTurns<T>(items: readonly T[], turns: Turns<T>): Promise<void> {
  const round = new Round(items, turns);
  await round.end;
  if (round.errors.length > 0) throw round.errors[0];
}

class Round<T> {
  readonly #turns: Turns<T>;
  readonly #waiting: T[];
  readonly #busy = new Set<string>();
  readonly errors: unknown[] = [];
  readonly end: Promise<void>;
  #resolveEnd: () => void = () => undefined;
  #running = 0;
  #isOver = false;

  constructor(items: readonly T[], turns: Turns<T>) {
    this.#waiting = [...items];
    this.#turns = turns;
    this.end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#fill();
  }

  #fill(): void {
    while (!this.#isOver && this.#running < this.#turns.atOnce) {
      const index = this.#waiting.findIndex((item) => !this.#isBlocked(item));
      if (index === -1) break;
      for (const item of this.#waiting.splice(index, 1)) void this.#begin(item);
    }
    if (this.#running === 0) this.#resolveEnd();
  }

  #isBlocked(item: T): boolean {
    const key = this.#turns.keyOf(item);
    return key !== undefined && this.#busy.has(key);
  }

  async #begin(item: T): Promise<void> {
    const key = this.#turns.keyOf(item);
    if (key !== undefined) this.#busy.add(key);
    this.#running += 1;
    try {
      const mayGoOn = await this.#turns.work(item);
      this.#isOver ||= !mayGoOn;
    } catch (error) {
      // Told when the others have ended.
      this.errors.push(error);
      this.#isOver = true;
    }
    if (key !== undefined) this.#busy.delete(key);
    this.#running -= 1;
    this.#fill();
  }
}
