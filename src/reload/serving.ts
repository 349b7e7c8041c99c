import type { Os } from '../os/os.ts';
import type { MasterView, WorkerView } from '../servers/server-view.ts';
import type { ServingNow, WorkerCount } from './events.ts';
import type { Roles } from './roles.ts';
import type { Sight } from './sight.ts';

/** Processes that have no job need this long to see that they shall end; those that are left then are at one. */
const IDLE_GONE_MS = 1000;

/** Who serves, as far as it was seen. */
export class Serving {
  readonly #os: Os;
  readonly #roles: Roles;
  readonly #seen: Sight;
  #lastTold = '';
  /** Where readiness cannot be seen: a worker counts as ready at this age. */
  readyAfterMs: number;
  /** How many workers there are to be, for the renderers. */
  expectedWorkers: number | undefined;
  /** When the server was told to finish its jobs; undefined: it was not. */
  finishingSinceMs: number | undefined;

  constructor(os: Os, roles: Roles, seen: Sight, readyAfterMs: number) {
    this.#os = os;
    this.#roles = roles;
    this.#seen = seen;
    this.readyAfterMs = readyAfterMs;
  }

  /** What serves, where that is not what {@link findChange} said last. */
  async findChange(): Promise<ServingNow | undefined> {
    const now = await this.describe();
    const text = JSON.stringify(now);
    if (text === this.#lastTold) return undefined;
    this.#lastTold = text;
    return now;
  }

  /** What serves, as last seen. */
  async describe(): Promise<ServingNow> {
    const { view, oldView, successorView } = this.#seen;
    const { successor } = this.#roles;
    const workers = view?.workers ?? [];
    const isOld = ({ proc }: WorkerView): boolean => this.#roles.isOld(proc);
    return {
      masterPid: view?.proc.pid,
      old: await this.#count([...workers.filter(isOld), ...(oldView?.workers ?? [])]),
      new: await this.#count(workers.filter((worker) => !isOld(worker))),
      bridge: view?.bridge && (await this.#countBeside(view.bridge.proc.pid, view.bridge)),
      successor: successor && (await this.#countBeside(successor.pid, successorView)),
      ...this.#describeJobs(),
    };
  }

  async countReady(workers: readonly WorkerView[]): Promise<number> {
    let ready = 0;
    for (const worker of workers) if (await this.isReady(worker)) ready += 1;
    return ready;
  }

  async isReady(worker: WorkerView): Promise<boolean> {
    if (worker.ready !== undefined) return worker.ready;
    const ageMs = this.#os.wallClock() - (await this.#os.startedAt(worker.proc));
    return ageMs >= this.readyAfterMs;
  }

  async #count(workers: readonly WorkerView[]): Promise<WorkerCount> {
    return { total: workers.length, ready: await this.countReady(workers) };
  }

  async #countBeside(
    pid: number,
    view: MasterView | undefined,
  ): Promise<WorkerCount & { readonly pid: number }> {
    return { pid, ...(await this.#count(view?.workers ?? [])) };
  }

  #describeJobs(): Pick<ServingNow, 'jobs'> {
    const jobs = this.#seen.view?.jobs;
    const since = this.finishingSinceMs;
    const isKnown = since !== undefined && this.#os.now() - since >= IDLE_GONE_MS;
    return jobs === undefined || !isKnown ? {} : { jobs };
  }
}
