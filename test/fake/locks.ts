import type { LockAttempt } from '../../src/os/os.ts';
import type { FakeProcess } from './process.ts';

interface Held {
  readonly owner: FakeProcess;
  readonly purpose: string;
  readonly sinceEpochMs: number;
}

/** The machine-wide locks; the kernel releases those of a process that dies. */
export class FakeLocks {
  readonly #held = new Map<string, Held>();
  readonly #wallMs: () => number;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  tryLock(name: string, purpose: string, owner: FakeProcess): LockAttempt {
    const held = this.#held.get(name);
    if (held?.owner.isAlive === true) {
      return {
        ok: false,
        holder: {
          pid: held.owner.pid,
          uid: held.owner.uid,
          user: undefined,
          purpose: held.purpose,
          sinceEpochMs: held.sinceEpochMs,
        },
      };
    }
    const mine: Held = { owner, purpose, sinceEpochMs: this.#wallMs() };
    this.#held.set(name, mine);
    return {
      ok: true,
      lock: {
        release: () => {
          if (this.#held.get(name) === mine) this.#held.delete(name);
          return Promise.resolve();
        },
      },
    };
  }
}
