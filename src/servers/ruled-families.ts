import type { Os } from '../os/os.ts';
import { keyOfProc, type Proc } from '../os/proc.ts';
import { hasOpened, listeningSockets } from './has-opened.ts';
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
import type { Family, FamilyReader, WorkerView } from './server-view.ts';
import type { ServerType, WorkerRules } from './server-type.ts';

/** Tells the processes below a master apart by the rules of its type. */
export class RuledFamilies implements FamilyReader {
  readonly #os: Os;
  readonly #rules: WorkerRules | undefined;
  /** The type where a second master may stand below the first one. */
  readonly #second: ServerType | undefined;
  readonly #masters = new Map<string, LiveServer>();
  readonly #deaf = new Set<string>();
  readonly #opened = new Set<string>();

  constructor(os: Os, { type, actions, workers }: ResolvedType) {
    this.#os = os;
    this.#rules = workers;
    this.#second = actions.upgrade?.pid === 'new' ? type : undefined;
  }

  async read(master: Proc, all: readonly Proc[]): Promise<Family> {
    const workers: WorkerView[] = [];
    const retiring: Proc[] = [];
    const children = await this.#findWorkers(master, all);
    for (const child of children) {
      if (await this.#isDeaf(child.proc, children)) retiring.push(child.proc);
      else workers.push({ proc: child.proc, ready: await this.#isReady(child) });
    }
    const seesReadiness = workers.every(({ ready }) => ready !== undefined);
    return { workers, retiring, seesReadiness, second: await this.#findSecond(master, all) };
  }

  /** A child that is a master itself: the one that an upgrade has started. */
  async #findSecond(proc: Proc, all: readonly Proc[]): Promise<Proc | undefined> {
    const type = this.#second;
    if (type === undefined) return undefined;
    for (const child of listChildren(all, proc)) {
      const process = await readLiveProcess(this.#os, child);
      if (isNamed(type, process) && catches(process, type.recognition.catches)) return child;
    }
    return undefined;
  }

  async #findWorkers(proc: Proc, all: readonly Proc[]): Promise<readonly LiveProcess[]> {
    const rules = this.#rules;
    if (rules === undefined) return [];
    const name = keyOfProc(proc);
    const master = this.#masters.get(name) ?? (await readLiveServer(this.#os, proc, all));
    this.#masters.set(name, master);
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
    const name = keyOfProc(child.proc);
    if (this.#opened.has(name)) return true;
    const isOpened = await hasOpened(this.#os, child.proc, this.#rules ?? {});
    if (isOpened === true) this.#opened.add(name);
    return isOpened;
  }

  /**
   * Whether a worker takes nothing new: it holds no listening socket, and one that came later does.
   * Not the master is asked, who may keep none, or one of its own only.
   */
  async #isDeaf(worker: Proc, all: readonly LiveProcess[]): Promise<boolean> {
    if (this.#rules?.retiredWhen !== 'deaf') return false;
    const name = keyOfProc(worker);
    if (this.#deaf.has(name)) return true;
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
    if (isDeaf) this.#deaf.add(name);
    return isDeaf;
  }
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
