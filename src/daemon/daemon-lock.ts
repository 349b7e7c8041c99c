import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { HeldLock, LockHolder, Os } from '../os/os.ts';

/** How soon a lock that another daemon is about to let go of is tried again. */
const RETRY_MS = 10;

/** That there is one daemon for a pid file. The kernel releases it when we die, whatever we die of. */
export class DaemonLock {
  readonly #os: Pick<Os, 'tryLock' | 'now' | 'sleep'>;
  readonly #pidfile: string;
  #held: HeldLock | undefined;

  constructor(os: Pick<Os, 'tryLock' | 'now' | 'sleep'>, pidfile: string) {
    this.#os = os;
    this.#pidfile = pidfile;
  }

  /** Throws 'busy' when another daemon still has it after `patienceMs`. */
  async take(patienceMs = 0): Promise<void> {
    const endMs = this.#os.now() + patienceMs;
    for (;;) {
      const name = `daemon ${this.#pidfile}`;
      const attempt = await this.#os.tryLock(name, `supervise by ${this.#pidfile}`);
      if (attempt.ok) {
        this.#held = attempt.lock;
        return;
      }
      if (this.#os.now() >= endMs) throw this.#busy(attempt.holder);
      await this.#os.sleep(RETRY_MS);
    }
  }

  async release(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
  }

  #busy({ pid }: LockHolder): ReloadctlError {
    const who = pid === undefined ? 'Another daemon' : `A daemon with pid ${pid}`;
    return new ReloadctlError(`${who} already runs with the pid file ${this.#pidfile}`, {
      code: 'busy',
      exitCode: EXIT.usage,
      hint: 'Stop it with `reloadctl shutdown`, put this version in its place with --replace, or give this one a pidfile of its own.',
    });
  }
}
