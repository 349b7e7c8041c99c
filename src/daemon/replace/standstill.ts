import type { Member } from '../groups/member.ts';
import type { InTurn } from '../logs/in-turn.ts';

/** What a daemon can be asked for that ends it. */
export type Wish = 'shutdown' | 'restart';

/** A daemon that starts nothing, reads nothing of its programs' output and writes nothing down: another one may be taking over. */
export class Standstill {
  #isOn = false;
  #wish: Wish | undefined;
  #releases: ReadonlyArray<() => void> = [];

  get isOn(): boolean {
    return this.#isOn;
  }

  /** What has been asked for meanwhile. */
  get wish(): Wish | undefined {
    return this.#wish;
  }

  /** Notes what is asked for meanwhile, a shutdown above all; false when it can be done now. */
  defer(wish: Wish): boolean {
    if (this.#isOn && this.#wish !== 'shutdown') this.#wish = wish;
    return this.#isOn;
  }

  /** Resolves when all that was begun is done. */
  async begin(inSpawnTurn: InTurn, members: () => readonly Member[]): Promise<void> {
    this.#isOn = true;
    const spawning = new Promise<() => void>((resolve) => {
      void inSpawnTurn(
        () =>
          new Promise<void>((release) => {
            resolve(release);
          }),
      );
    });
    // What is being spawned opens its pipes: they are held only then.
    this.#releases = [await spawning];
    const held = await Promise.all(members().map(({ pipes }) => pipes.hold()));
    this.#releases = [...this.#releases, ...held];
  }

  /** Goes on as if nothing had been; returns what has been asked for meanwhile. */
  end(): Wish | undefined {
    const wish = this.#wish;
    this.#isOn = false;
    this.#wish = undefined;
    for (const release of this.#releases) release();
    this.#releases = [];
    return wish;
  }
}
