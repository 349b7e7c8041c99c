import { isSameProc, keyOfProc, type ProcId } from '../os/proc.ts';
import type { WorkerView } from '../servers/server-view.ts';
import type { Session } from './session.ts';

/** Workers of the new version that end by themselves this often before they are ready do not boot. */
export const MAX_BOOT_DEATHS = 3;

/** Remembers the workers it has seen, to notice those that end by themselves. */
export class WorkerWatch {
  #last: readonly ProcId[] = [];
  #lastReady: readonly ProcId[] = [];
  /** How many ended since the watch began: after they were ready, and before. */
  readyEnded = 0;
  bootEnded = 0;

  note(workers: readonly WorkerView[], ready: readonly WorkerView[]): void {
    const isThere = (id: ProcId): boolean => workers.some(({ proc }) => isSameProc(proc, id));
    const ended = this.#last.filter((id) => !isThere(id));
    const wasReady = (id: ProcId): boolean =>
      this.#lastReady.some((other) => isSameProc(other, id));
    this.readyEnded += ended.filter(wasReady).length;
    this.bootEnded += ended.filter((id) => !wasReady(id)).length;
    this.#last = workers.map(({ proc }) => proc);
    this.#lastReady = ready.map(({ proc }) => proc);
  }
}

/** Tells for how long something has been unchanged. */
export class Steadiness {
  readonly #session: Session;
  #signature: string | undefined;
  #since = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Milliseconds for which `signature` has been the same; undefined resets. */
  heldMs(signature: string | undefined): number {
    const now = this.#session.os.now();
    if (signature === undefined || signature !== this.#signature) {
      this.#signature = signature;
      this.#since = now;
    }
    return signature === undefined ? -1 : now - this.#since;
  }
}

/** Names exactly these workers. */
export const signatureOf = (workers: readonly WorkerView[]): string =>
  workers.map(({ proc }) => keyOfProc(proc)).join(' ');

/** Those that are ready. */
export async function readyOf(
  session: Session,
  workers: readonly WorkerView[],
): Promise<readonly WorkerView[]> {
  const ready: WorkerView[] = [];
  for (const worker of workers) if (await session.serving.isReady(worker)) ready.push(worker);
  return ready;
}
