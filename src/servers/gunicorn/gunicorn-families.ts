import type { Os } from '../../os/os.ts';
import { keyOfProc, type Proc, type ProcId } from '../../os/proc.ts';
import { listChildren } from '../live-process.ts';
import type { Family, FamilyReader, WorkerView } from '../server-view.ts';
import { hasHeartbeat, isHeartbeatFile } from './heartbeat.ts';
import { hasMasterSignals } from './master-signals.ts';

interface HeartbeatFiles {
  readonly files: ReadonlyArray<{ readonly fd: number; readonly target: string }>;
  readonly denied: boolean;
}

/** Tells the processes below a gunicorn master apart by the heartbeat files that they share with it. */
export class GunicornFamilies implements FamilyReader {
  readonly #os: Os;
  readonly #heartbeatFd = new Map<string, number>();
  readonly #ready = new Set<string>();
  readonly #masters = new Set<string>();

  constructor(os: Os) {
    this.#os = os;
  }

  async read(master: Proc, all: readonly Proc[]): Promise<Family> {
    const own = await this.#heartbeatFiles(master);
    const workers: WorkerView[] = [];
    let second: Proc | undefined;
    for (const child of listChildren(all, master)) {
      const kind = await this.#classify(child, own, master);
      if (kind === 'worker') workers.push({ proc: child, ready: await this.#isReady(child) });
      else if (kind === 'second') second = child;
    }
    return { workers, second, retiring: [], seesReadiness: !own.denied };
  }

  async #heartbeatFiles(id: ProcId): Promise<HeartbeatFiles> {
    const reading = await this.#os.openFiles(id);
    if (!reading.ok) return { files: [], denied: reading.error !== 'gone' };
    return { files: reading.value.filter((file) => isHeartbeatFile(file.target)), denied: false };
  }

  /**
   * A worker shares exactly one heartbeat file with its master, a second master none, and it catches a
   * master's signals. A child between fork and exec holds several files: it is neither yet.
   */
  async #classify(
    child: Proc,
    parent: HeartbeatFiles,
    master: ProcId,
  ): Promise<'worker' | 'second' | 'other'> {
    if (this.#heartbeatFd.has(keyOfProc(child))) return 'worker';
    if (this.#masters.has(keyOfProc(child))) return 'second';
    const held = await this.#heartbeatFiles(child);
    if (parent.denied || held.denied) return this.#classifyBlind(child);
    const shared = held.files.filter((file) =>
      parent.files.some((own) => own.target === file.target),
    );
    const [only] = shared;
    if (only !== undefined) {
      // With a single worker a second master holds one file as well until it execs; a worker drops
      // its master's signals first of all.
      if (shared.length > 1 || (await hasMasterSignals(this.#os, child))) return 'other';
      this.#heartbeatFd.set(keyOfProc(child), only.fd);
      return 'worker';
    }
    if (!(await this.#isSuccessor(child, master))) return 'other';
    this.#masters.add(keyOfProc(child));
    return 'second';
  }

  /**
   * Without /proc/PID/fd: a child that still catches a master's signals a second after its start is a
   * second master (a forked worker drops them within milliseconds), every other one a worker.
   */
  async #classifyBlind(child: Proc): Promise<'worker' | 'second' | 'other'> {
    if (!(await hasMasterSignals(this.#os, child))) return 'worker';
    const ageMs = this.#os.wallClock() - (await this.#os.startedAt(child));
    return ageMs > 1000 ? 'second' : 'other';
  }

  /** USR2 starts a second master with GUNICORN_PID in its environment; a title may overwrite that. */
  async #isSuccessor(child: Proc, master: ProcId): Promise<boolean> {
    const environment = await this.#os.environment(child);
    if (environment.ok && environment.value.GUNICORN_PID === String(master.pid)) return true;
    return hasMasterSignals(this.#os, child);
  }

  async #isReady(worker: Proc): Promise<boolean | undefined> {
    const key = keyOfProc(worker);
    if (this.#ready.has(key)) return true;
    const fd = this.#heartbeatFd.get(key);
    if (fd === undefined) return undefined;
    const stat = await this.#os.openFileStat(worker, fd);
    if (!stat.ok) return stat.error === 'gone' ? false : undefined;
    const ready = hasHeartbeat(stat.value);
    if (ready) this.#ready.add(key);
    return ready;
  }
}
