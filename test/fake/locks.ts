import type { LockAttempt, LockHolder } from '../../src/os/os.ts';
import type { FakeProcess } from './process.ts';

interface Held {
  readonly owner: FakeProcess;
  readonly purpose: string;
  readonly sinceEpochMs: number;
}

/** The locks of the machine, one of a name for each user; a process that dies does not hold its own any more. */
export class FakeLocks {
  readonly #held = new Map<string, Held>();
  readonly #wallMs: () => number;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  tryLock(name: string, purpose: string, owner: FakeProcess): LockAttempt {
    const others = [...this.#held].filter(
      ([key, held]) => held.owner.isAlive && key.endsWith(`:${name}`),
    );
    const keepsOut = others.find(([, held]) => [0, owner.uid].includes(held.owner.uid))?.[1];
    if (keepsOut !== undefined) return { ok: false, holder: toHolder(keepsOut) };
    const key = `${owner.uid}:${name}`;
    const mine: Held = { owner, purpose, sinceEpochMs: this.#wallMs() };
    this.#held.set(key, mine);
    return {
      ok: true,
      beside: others.map(([, held]) => toHolder(held)),
      lock: {
        release: () => {
          if (this.#held.get(key) === mine) this.#held.delete(key);
          return Promise.resolve();
        },
      },
    };
  }
}

function toHolder({ owner, purpose, sinceEpochMs }: Held): LockHolder {
  const { pid, uid } = owner;
  return { pid, uid, user: undefined, program: 'reloadctl', purpose, sinceEpochMs };
}
