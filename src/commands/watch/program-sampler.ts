import { ok, type Result } from '../../base/result.ts';
import type { Os } from '../../os/os.ts';
import { isSameProc, keyOfProc, type Proc, type ProcId } from '../../os/proc.ts';
import type { StateDirectory } from '../../os/state-files.ts';
import { UsageMeter } from '../../os/usage.ts';
import type { HistoryEntry } from '../../reload/journal.ts';
import type { ProcessInfo, RpcFailure, Supervisor } from '../../rpc/supervisor.ts';
import { describeServer, type ServerSummary } from '../../servers/describe-server.ts';
import type { WatchedProgram } from '../../terminal/watch/watch-state.ts';
import { longStatusRow, readLastAction } from '../long-status-row.ts';
import { selectProcesses } from '../select-processes.ts';
import { ProcessTrees } from './process-trees.ts';

/** One look at everything. */
export interface Sample {
  readonly programs: readonly WatchedProgram[];
  /** Words of the command line that mean no program (any more), in supervisorctl's words. */
  readonly errors: readonly string[];
  /** The supervisor is another process than at the last look. */
  readonly isOtherSupervisor: boolean;
}

/** A supervisor that takes longer has no time for us; the next look asks again. */
const TIMEOUT_MS = 5000;

/** For how long what is known of a server holds while its processes are the same and all of its workers are ready. */
const SUMMARY_HOLDS_MS = 10_000;

/** A wrapper may take this long to become a server that we know. */
const YOUNG_MS = 5000;

/** Other commands of ours may write it. */
const HISTORY_HOLDS_MS = 3000;

/** Whether it is still the same supervisor is asked this often, and after every failure. */
const IDENTITY_HOLDS_MS = 5000;

interface Remembered<T> {
  readonly value: T;
  readonly atMs: number;
}

interface RememberedServer extends Remembered<ServerSummary> {
  readonly root: ProcId;
  /** The processes that belonged to it. */
  readonly tree: string;
  readonly youngUntilMs: number;
}

/**
 * Looks at the programs again and again, at little cost: one call to the supervisor and one listing of the processes a look. What a
 * server is, and how many workers it has, is looked at closely only when its processes have changed.
 */
export class ProgramSampler {
  readonly #os: Os;
  readonly #supervisor: Supervisor;
  readonly #state: StateDirectory | undefined;
  readonly #words: readonly string[];
  readonly #isLocal: boolean;
  readonly #meter: UsageMeter;
  readonly #summaries = new Map<string, RememberedServer>();
  readonly #history = new Map<string, Remembered<HistoryEntry | undefined>>();
  #supervisorPid: Remembered<number> | undefined;

  constructor(
    os: Os,
    supervisor: Supervisor,
    state: StateDirectory | undefined,
    words: readonly string[],
  ) {
    this.#os = os;
    this.#meter = new UsageMeter(os);
    this.#supervisor = supervisor;
    this.#state = state;
    this.#words = words;
    this.#isLocal = isLocal(supervisor.url);
  }

  async sample(abort: AbortSignal): Promise<Result<Sample, RpcFailure>> {
    const all = await this.#supervisor.getAllProcessInfo({ timeoutMs: TIMEOUT_MS, abort });
    if (!all.ok) {
      if (this.#supervisorPid !== undefined) {
        this.#supervisorPid = { ...this.#supervisorPid, atMs: -Infinity };
      }
      return all;
    }
    const isOtherSupervisor = await this.#checkSupervisor(abort);
    const { infos, errors } = selectProcesses(all.value, this.#words);
    const running = this.#isLocal && infos.some(({ pid }) => pid !== 0);
    const listing = running ? await this.#os.processes() : [];
    const trees = new ProcessTrees(listing);
    await this.#meter.read(infos.flatMap(({ pid }) => trees.below(pid)));
    // Not all at once: what is read of each is small, and a burst of reads would only queue up.
    const programs: WatchedProgram[] = [];
    for (const info of infos) programs.push(await this.#look(info, trees));
    this.#forgetAllBut(new Set(programs.map(({ key }) => key)));
    return ok({ programs, errors, isOtherSupervisor });
  }

  /** What the journal says is read again at the next look. */
  forgetHistory(): void {
    this.#history.clear();
  }

  async #look(info: ProcessInfo, trees: ProcessTrees): Promise<WatchedProgram> {
    const key = `${info.group}:${info.name}`;
    const procs = trees.below(info.pid);
    const [root] = procs;
    const seen = {
      summary:
        root === undefined ? undefined : await this.#describe(key, root, procs, trees.listing),
      ...this.#meter.usageOf(procs),
      last: await this.#readLast(key, info),
    };
    const row = longStatusRow(info, seen, this.#os.wallClock());
    const { reloaded } = row;
    // 'just now' for a second would push the columns about.
    const agoMs = Math.max(1000, reloaded?.agoMs ?? 0);
    return { ...row, key, reloaded: reloaded && { ...reloaded, agoMs } };
  }

  async #describe(
    key: string,
    root: Proc,
    procs: readonly Proc[],
    listing: readonly Proc[],
  ): Promise<ServerSummary> {
    const tree = procs.map(keyOfProc).join(' ');
    const known = this.#summaries.get(key);
    const nowMs = this.#os.now();
    if (known !== undefined && nowMs - known.atMs < SUMMARY_HOLDS_MS) {
      if (known.tree === tree && isSettled(known.value)) return known.value;
      // Jobs start and end below many programs; what those are does not change with it.
      const isPlain = known.value.type === undefined && isSameProc(known.root, root);
      if (isPlain && known.youngUntilMs < nowMs) return known.value;
    }
    const still: Os = { ...this.#os, processes: () => Promise.resolve(listing) };
    const value = await describeServer(still, root);
    const isKnown = known !== undefined && isSameProc(known.root, root);
    const youngUntilMs = isKnown ? known.youngUntilMs : nowMs + YOUNG_MS;
    this.#summaries.set(key, { tree, root, value, atMs: nowMs, youngUntilMs });
    return value;
  }

  async #readLast(key: string, info: ProcessInfo): Promise<HistoryEntry | undefined> {
    const known = this.#history.get(key);
    const nowMs = this.#os.now();
    if (known !== undefined && nowMs - known.atMs < HISTORY_HOLDS_MS) return known.value;
    const value = await readLastAction(this.#state, this.#supervisor, info);
    this.#history.set(key, { value, atMs: nowMs });
    return value;
  }

  async #checkSupervisor(abort: AbortSignal): Promise<boolean> {
    const known = this.#supervisorPid;
    const nowMs = this.#os.now();
    if (known !== undefined && nowMs - known.atMs < IDENTITY_HOLDS_MS) return false;
    const pid = await this.#supervisor.getPid({ timeoutMs: TIMEOUT_MS, abort });
    if (!pid.ok) return false;
    this.#supervisorPid = { value: pid.value, atMs: nowMs };
    return known !== undefined && known.value !== pid.value;
  }

  #forgetAllBut(keys: ReadonlySet<string>): void {
    for (const memory of [this.#summaries, this.#history]) {
      for (const key of memory.keys()) if (!keys.has(key)) memory.delete(key);
    }
  }
}

/** Nothing about it is about to change by itself. */
function isSettled({ workers }: ServerSummary): boolean {
  return workers?.ready === undefined || workers.ready === workers.total;
}

/** Whether the supervisor's pids are pids of this machine. */
function isLocal(url: string): boolean {
  if (url.startsWith('unix:')) return true;
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
