import { endOrphans, type OrphanWorld } from './end-orphans.ts';
import type { Instance } from './instance.ts';

/**
 * What processes that have ended by themselves may have left behind. While the program is started again that may go on answering; it goes as soon as
 * there is somebody else, or nobody is wanted any more.
 */
export class Orphans {
  readonly #world: OrphanWorld;
  readonly #nameOf: () => string;
  #parents: ReadonlyArray<{ readonly instance: Instance; readonly graceS: number }> = [];
  readonly #endings = new Set<Promise<void>>();

  constructor(world: OrphanWorld, nameOf: () => string) {
    this.#world = world;
    this.#nameOf = nameOf;
  }

  /** This process of the program has ended. What it has left has `graceS` seconds for its requests, from the moment when it is to go. */
  note(instance: Instance, graceS: number): void {
    this.#parents = [...this.#parents, { instance, graceS }];
  }

  /** Whether none is being ended. */
  get isIdle(): boolean {
    return this.#endings.size === 0;
  }

  /** Ends all there are. */
  end(): void {
    const parents = this.#parents;
    this.#parents = [];
    for (const { instance, graceS } of parents) {
      const name = this.#nameOf();
      const ending = endOrphans(this.#world, instance, { name, graceS }).finally(() => {
        this.#endings.delete(ending);
      });
      this.#endings.add(ending);
    }
  }

  /** Resolves when none of those is left that {@link end} was called for. */
  async whenGone(): Promise<void> {
    await Promise.all(this.#endings);
  }
}
