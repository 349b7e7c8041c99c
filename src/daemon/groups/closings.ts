import { reasonOf } from '../../base/reason-of.ts';
import type { Logger } from '../logs/logger.ts';

/** What is being closed or ended, by the name of its group: a new group of that name waits for it. */
export class Closings {
  readonly #logger: Logger;
  readonly #work = new Map<string, Promise<unknown>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A group that is being closed. */
  get first(): string | undefined {
    const [first] = this.#work.keys();
    return first;
  }

  /** Has everything that belongs to a group of this name wait for `work`. */
  add(group: string, work: Promise<unknown>): void {
    const all = Promise.all([this.#work.get(group), work]).catch((error: unknown) => {
      this.#logger.log('error', `closing group ${group}: ${reasonOf(error)}`);
    });
    this.#work.set(group, all);
    void all.then(() => {
      if (this.#work.get(group) === all) this.#work.delete(group);
    });
  }

  /** Resolves when nothing of that name is being closed any more. */
  async whenDone(group: string): Promise<void> {
    await this.#work.get(group);
  }

  async whenAllDone(): Promise<void> {
    await Promise.all(this.#work.values());
  }
}
