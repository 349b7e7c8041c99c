import type { Os } from '../../os/os.ts';
import { Alarm } from '../process/alarm.ts';

/**
 * The whole state is written each time, which takes long with hundreds of programs: no more than a part of the time goes into
 * it, and none of it waits longer than this. What starts in between is known all the same (find-survivors.ts).
 */
const SAVE_WITHIN_MS = 50;
const SAVE_PART = 0.1;

/** What a {@link StateSaver} needs. */
export interface StateSaverDeps {
  readonly os: Pick<Os, 'now' | 'sleep'>;
  readonly save: () => void;
  /** False while the directory may be gone already, or another's. */
  readonly maySave: () => boolean;
}

/** Has what a next daemon has to know written down, often enough. */
export class StateSaver {
  readonly #deps: StateSaverDeps;
  readonly #next: Alarm;
  #isDue = false;
  #notBeforeMs = -Infinity;

  constructor(deps: StateSaverDeps) {
    this.#deps = deps;
    this.#next = new Alarm(deps.os, () => {
      this.saveNow();
    });
  }

  /** Once for everything that happens in a turn of the event loop, and no more often than is worth it. */
  schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#deps.os.now() < this.#notBeforeMs) this.#next.set(this.#notBeforeMs);
    else {
      setImmediate(() => {
        this.saveNow();
      });
    }
  }

  saveNow(): void {
    const { os, save, maySave } = this.#deps;
    this.#isDue = false;
    if (!maySave()) return;
    const beganMs = os.now();
    save();
    this.#notBeforeMs = beganMs + Math.min(SAVE_WITHIN_MS, (os.now() - beganMs) / SAVE_PART);
  }
}
