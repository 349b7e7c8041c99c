import type { ProcId } from '../os/proc.ts';
import type { Role } from '../policy/plan.ts';
import { isAlive } from './is-alive.ts';
import type { LeavingWatch, Session } from './session.ts';

/** What a look at the processes may come too early. */
const SLACK_MS = 50;

/**
 * Watches workers whose master was asked to stop. A master KILLs what is left of its workers after graceful_timeout (gunicorn/arbiter.py,
 * stop), or they give up by themselves: what they were answering is cut off, and nobody else would tell. A worker that went in
 * that very moment is taken for one of them.
 */
export class GraceWatch implements LeavingWatch {
  readonly #session: Session;
  readonly #role: Role;
  readonly #graceMs: number;
  readonly #beganAt: number;
  #left: readonly ProcId[];
  #cut: ProcId[] = [];

  /** `workers` are those that may be answering something; they were asked at `beganAt`. */
  constructor(
    session: Session,
    workers: readonly ProcId[],
    role: Role,
    beganAt = session.os.now(),
  ) {
    this.#session = session;
    this.#role = role;
    this.#left = workers;
    this.#graceMs = session.parts.gracefulMs ?? Infinity;
    this.#beganAt = beganAt;
  }

  async look(): Promise<void> {
    const left: ProcId[] = [];
    for (const id of this.#left) {
      if (await isAlive(this.#session, id)) left.push(id);
      else if (this.#elapsedMs >= this.#graceMs - SLACK_MS) this.#cut.push(id);
    }
    this.#left = left;
  }

  /**
   * Tells of those that were cut off. With `leftToGunicorn` those that are still there at their time count too: nobody else will
   * KILL them.
   */
  async tell({ leftToGunicorn }: { readonly leftToGunicorn: boolean }): Promise<void> {
    await this.look();
    if (leftToGunicorn && this.#elapsedMs >= this.#graceMs - SLACK_MS)
      this.#cut.push(...this.#left);
    for (const { pid } of this.#cut) {
      this.#session.tellKilled({
        pid,
        role: this.#role,
        by: 'gunicorn',
        afterMs: this.#graceMs,
      });
    }
    this.#cut = [];
  }

  get #elapsedMs(): number {
    return this.#session.os.now() - this.#beganAt;
  }
}
