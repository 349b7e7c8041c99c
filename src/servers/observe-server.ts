import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import type { Os } from '../os/os.ts';
import type { GunicornMaster, GunicornView, GunicornWorker } from './gunicorn/observe.ts';
import {
  catches,
  listChildren,
  readLiveProcess,
  readLiveServer,
  type LiveProcess,
  type LiveServer,
} from './live-process.ts';
import { isNamed } from './recognise.ts';
import type { ResolvedType } from './resolve-type.ts';
import type { ServerType, WorkerRules } from './server-type.ts';

/** Looks at a master and its workers; undefined when the master is gone. */
export interface ServerObserver {
  look(master: ProcId, listing?: readonly Proc[]): Promise<GunicornView | undefined>;
}

const key = (id: ProcId): string => `${id.pid}:${id.startTicks}`;

/**
 * Looks at the master of a known type again and again. What cannot change about a process any more (that it has been ready, that it takes
 * nothing new) is asked for once.
 */
export class TypeObserver implements ServerObserver {
  readonly #os: Os;
  readonly #rules: WorkerRules | undefined;
  readonly #single: ServerType['single'];
  /** The type where a second master may stand below the first one. */
  readonly #second: ServerType | undefined;
  readonly #countJobs: ServerType['countJobs'];
  readonly #masters = new Map<string, LiveServer>();
  readonly #deaf = new Set<string>();
  readonly #opened = new Set<string>();

  constructor(os: Os, { type, actions, workers }: ResolvedType) {
    this.#os = os;
    this.#rules = workers;
    this.#countJobs = type.countJobs;
    this.#single = type.single;
    this.#second = actions.upgrade?.pid === 'new' ? type : undefined;
  }

  async look(master: ProcId, listing?: readonly Proc[]): Promise<GunicornView | undefined> {
    const all = listing ?? (await this.#os.processes());
    const proc = all.find((candidate) => isSameProc(candidate, master));
    if (proc === undefined || hasEnded(proc)) return undefined;
    const workers: GunicornWorker[] = [];
    const retiring: Proc[] = [];
    let seesReadiness = true;
    const children = await this.#findWorkers(proc, all);
    for (const child of children) {
      if (await this.#isDeaf(child.proc, children)) {
        retiring.push(child.proc);
        continue;
      }
      const ready = await this.#isReady(child);
      seesReadiness &&= ready !== undefined;
      workers.push({ proc: child.proc, ready });
    }
    const isSingle = this.#rules === undefined;
    const bridge = await this.#findSecond(proc, all);
    // Its title may have changed since the last look, so it is read anew.
    const jobs = this.#countJobs?.(await readLiveServer(this.#os, proc, all));
    const serves =
      isSingle && this.#single !== undefined
        ? await this.#hasOpened(proc, this.#single)
        : undefined;
    return { proc, workers, retiring, jobs, isSingle, serves, bridge, seesReadiness };
  }

  /** A child that is a master itself: the one that an upgrade has started. */
  async #findSecond(proc: Proc, all: readonly Proc[]): Promise<GunicornMaster | undefined> {
    const type = this.#second;
    if (type === undefined) return undefined;
    for (const child of listChildren(all, proc)) {
      const process = await readLiveProcess(this.#os, child);
      if (!isNamed(type, process) || !catches(process, type.recognition.catches)) continue;
      const workers: GunicornWorker[] = [];
      for (const worker of await this.#findWorkers(child, all)) {
        workers.push({ proc: worker.proc, ready: await this.#isReady(worker) });
      }
      return { proc: child, workers };
    }
    return undefined;
  }

  async #findWorkers(proc: Proc, all: readonly Proc[]): Promise<readonly LiveProcess[]> {
    const rules = this.#rules;
    if (rules === undefined) return [];
    const master = this.#masters.get(key(proc)) ?? (await readLiveServer(this.#os, proc, all));
    this.#masters.set(key(proc), master);
    const children = await Promise.all(
      listBelow(all, proc, rules).map((child) => readLiveProcess(this.#os, child)),
    );
    return children.filter((child) => rules.isWorker(child, master));
  }

  async #isReady(child: LiveProcess): Promise<boolean | undefined> {
    const signals = this.#rules?.readyWhenCatching ?? [];
    if (signals.length > 0) {
      if (child.caught === undefined) return undefined;
      if (!catches(child, signals)) return false;
    }
    if (this.#opened.has(key(child.proc))) return true;
    const isOpened = await this.#hasOpened(child.proc, this.#rules ?? {});
    if (isOpened === true) this.#opened.add(key(child.proc));
    return isOpened;
  }

  async #hasOpened(
    worker: Proc,
    { readyWhenPolling, readyWhenOpen }: NonNullable<ServerType['single']>,
  ): Promise<boolean | undefined> {
    if (readyWhenOpen !== undefined) {
      const files = await this.#os.openFiles(worker);
      if (!files.ok) return files.error === 'gone' ? false : undefined;
      if (!files.value.some(({ target }) => readyWhenOpen.test(target))) return false;
    }
    return readyWhenPolling === true ? waitsForConnections(this.#os, worker) : true;
  }

  /**
   * Whether a worker takes nothing new any more: it holds no listening socket, and one that came later does. Not the master is asked, who may
   * keep none, or one of its own only.
   */
  async #isDeaf(worker: Proc, all: readonly LiveProcess[]): Promise<boolean> {
    if (this.#rules?.retiredWhen !== 'deaf') return false;
    if (this.#deaf.has(key(worker))) return true;
    const younger = all.filter(({ proc }) => proc.startTicks > worker.startTicks);
    if (younger.length === 0) return false;
    const inodes = await listeningSockets(this.#os);
    const listens = async (proc: Proc): Promise<boolean | undefined> => {
      const files = await this.#os.openFiles(proc);
      return files.ok ? files.value.some(({ target }) => inodes.has(target)) : undefined;
    };
    if ((await listens(worker)) !== false) return false;
    let isDeaf = false;
    for (const { proc } of younger) isDeaf ||= (await listens(proc)) === true;
    if (isDeaf) this.#deaf.add(key(worker));
    return isDeaf;
  }
}

/** Every listening socket of the machine, as the links of /proc/PID/fd name them. */
async function listeningSockets(os: Os): Promise<ReadonlySet<string>> {
  return new Set((await os.listeners()).map(({ inode }) => `socket:[${inode}]`));
}

/** Whether a process waits by epoll for connections; undefined where that may not be seen. */
async function waitsForConnections(os: Os, proc: ProcId): Promise<boolean | undefined> {
  const [polled, files] = await Promise.all([os.polledFiles(proc), os.openFiles(proc)]);
  const denied = [polled, files].find((reading) => !reading.ok);
  if (!polled.ok || !files.ok)
    return denied?.ok === false && denied.error === 'gone' ? false : undefined;
  const targets = files.value.filter(({ fd }) => polled.value.includes(fd));
  if (targets.length === 0) return false;
  const listening = await listeningSockets(os);
  return targets.some(({ target }) => listening.has(target));
}

function listBelow(
  all: readonly Proc[],
  parent: Proc,
  rules: Pick<WorkerRules, 'anyDepth'>,
): readonly Proc[] {
  const children = listChildren(all, parent);
  if (rules.anyDepth !== true) return children;
  return children.flatMap((child) => [child, ...listBelow(all, child, rules)]);
}
