import { hasEnded, isSameProc, type Proc, type ProcId } from '../../os/proc.ts';
import type { Os } from '../../os/os.ts';
import type { SignalName } from '../../os/signals.ts';
import { hasHeartbeat, isHeartbeatFile } from './readiness.ts';

/** A worker of a gunicorn master. */
export interface GunicornWorker {
  readonly proc: Proc;
  /** Has entered its loop; undefined where the heartbeat file may not be looked at. */
  readonly ready: boolean | undefined;
}

/** A gunicorn master and its workers. */
export interface GunicornMaster {
  readonly proc: Proc;
  /** Oldest first. */
  readonly workers: readonly GunicornWorker[];
}

/** A master with what runs below it at one moment. */
export interface GunicornView extends GunicornMaster {
  /** A second master that USR2 made. */
  readonly bridge: GunicornMaster | undefined;
  /** False where /proc/PID/fd is closed to us: who is ready is then unknown. */
  readonly seesReadiness: boolean;
  /** Of other servers than gunicorn: workers that take nothing new, and finish what they have. */
  readonly retiring?: readonly Proc[];
  /** Of job runners that have been told to finish: how many jobs they are still at, at most; undefined where that cannot be seen. */
  readonly jobs?: number | undefined;
  /** Of other servers: one process does everything. */
  readonly isSingle?: boolean;
  /** Of a single process: whether it waits for connections; undefined where nobody can see that. */
  readonly serves?: boolean | undefined;
}

/** The signals that a gunicorn master catches and its workers do not, all of them (gunicorn/arbiter.py, SIGNALS). */
const MASTER_SIGNALS: readonly SignalName[] = [
  'SIGHUP',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
  'SIGWINCH',
];

/** Whether the process has installed a gunicorn master's signal handlers; before that a HUP would end it. */
export async function hasMasterSignals(os: Os, id: ProcId): Promise<boolean> {
  const reading = await os.signals(id);
  return reading.ok && MASTER_SIGNALS.every((signal) => reading.value.caught.has(signal));
}

interface HeartbeatFiles {
  readonly files: ReadonlyArray<{ readonly fd: number; readonly target: string }>;
  readonly denied: boolean;
}

async function heartbeatFiles(os: Os, id: ProcId): Promise<HeartbeatFiles> {
  const reading = await os.openFiles(id);
  if (!reading.ok) return { files: [], denied: reading.error !== 'gone' };
  return { files: reading.value.filter((file) => isHeartbeatFile(file.target)), denied: false };
}

const key = (id: ProcId): string => `${id.pid}:${id.startTicks}`;

/**
 * Looks at one gunicorn master again and again. What cannot change about a process (which file is its heartbeat, that it has
 * been ready, that it is a master itself) is asked for once.
 */
export class GunicornObserver {
  readonly #os: Os;
  readonly #heartbeatFd = new Map<string, number>();
  readonly #ready = new Set<string>();
  readonly #masters = new Set<string>();

  constructor(os: Os) {
    this.#os = os;
  }

  /** The master and what runs below it, or undefined when it is gone. */
  async look(master: ProcId, listing?: readonly Proc[]): Promise<GunicornView | undefined> {
    const all = listing ?? (await this.#os.processes());
    const proc = all.find((candidate) => isSameProc(candidate, master));
    if (proc === undefined || hasEnded(proc)) return undefined;
    const own = await heartbeatFiles(this.#os, proc);
    const workers: GunicornWorker[] = [];
    let bridge: GunicornMaster | undefined;
    for (const child of livingChildren(all, proc)) {
      const kind = await this.#classify(child, own, master);
      if (kind === 'worker') workers.push({ proc: child, ready: await this.#isReady(child) });
      else if (kind === 'bridge') bridge = await this.#lookAtBridge(child, all);
    }
    return { proc, workers: workers.sort(byAge), bridge, seesReadiness: !own.denied };
  }

  async #lookAtBridge(proc: Proc, all: readonly Proc[]): Promise<GunicornMaster> {
    const own = await heartbeatFiles(this.#os, proc);
    const workers: GunicornWorker[] = [];
    for (const child of livingChildren(all, proc)) {
      if ((await this.#classify(child, own, undefined)) === 'worker') {
        workers.push({ proc: child, ready: await this.#isReady(child) });
      }
    }
    return { proc, workers: workers.sort(byAge) };
  }

  /**
   * A worker holds exactly one heartbeat file, and its master holds it too. A second master is one of its own: it catches a
   * master's signals and shares no heartbeat file. A child between fork and exec holds several files: it is neither yet.
   */
  async #classify(
    child: Proc,
    parent: HeartbeatFiles,
    master: ProcId | undefined,
  ): Promise<'worker' | 'bridge' | 'other'> {
    if (this.#heartbeatFd.has(key(child))) return 'worker';
    if (this.#masters.has(key(child))) return 'bridge';
    const held = await heartbeatFiles(this.#os, child);
    if (parent.denied || held.denied) return this.#classifyBlind(child, master);
    const shared = held.files.filter((file) =>
      parent.files.some((own) => own.target === file.target),
    );
    const [only] = shared;
    if (only !== undefined) {
      // With a single worker a second master holds one file as well until it execs; a worker drops its master's signals first of all.
      if (shared.length > 1 || (await hasMasterSignals(this.#os, child))) return 'other';
      this.#heartbeatFd.set(key(child), only.fd);
      return 'worker';
    }
    if (master === undefined || !(await this.#isSuccessor(child, master))) return 'other';
    this.#masters.add(key(child));
    return 'bridge';
  }

  /**
   * Without /proc/PID/fd: a child that still catches a master's signals a second after its start is a second master (a forked
   * worker drops them within milliseconds), every other child is taken for a worker.
   */
  async #classifyBlind(
    child: Proc,
    master: ProcId | undefined,
  ): Promise<'worker' | 'bridge' | 'other'> {
    if (!(await hasMasterSignals(this.#os, child))) return 'worker';
    const ageMs = this.#os.wallClock() - (await this.#os.startedAt(child));
    return ageMs > 1000 && master !== undefined ? 'bridge' : 'other';
  }

  /** USR2 starts the second master with GUNICORN_PID in its environment; setproctitle may have overwritten that. */
  async #isSuccessor(child: Proc, master: ProcId): Promise<boolean> {
    const environment = await this.#os.environment(child);
    if (environment.ok && environment.value.GUNICORN_PID === String(master.pid)) return true;
    return hasMasterSignals(this.#os, child);
  }

  async #isReady(worker: Proc): Promise<boolean | undefined> {
    if (this.#ready.has(key(worker))) return true;
    const fd = this.#heartbeatFd.get(key(worker));
    if (fd === undefined) return undefined;
    const stat = await this.#os.openFileStat(worker, fd);
    if (!stat.ok) return stat.error === 'gone' ? false : undefined;
    const ready = hasHeartbeat(stat.value);
    if (ready) this.#ready.add(key(worker));
    return ready;
  }
}

function livingChildren(all: readonly Proc[], parent: ProcId): readonly Proc[] {
  return all.filter((proc) => proc.ppid === parent.pid && !hasEnded(proc));
}

const byAge = (a: GunicornWorker, b: GunicornWorker): number =>
  a.proc.startTicks - b.proc.startTicks || a.proc.pid - b.proc.pid;
