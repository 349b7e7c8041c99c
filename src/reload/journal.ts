import type { StateDirectory } from '../os/state-files.ts';
import { isSameProc, type ProcId } from '../os/proc.ts';
import type { Strategy } from '../config/settings/setting-values.ts';
import { traitsOf, type Action } from '../policy/actions.ts';
import type { Plan } from '../policy/plan.ts';
import type { LastLoad } from '../servers/gunicorn/gather-gunicorn.ts';
import type { DeployAction, DeployResult } from './deploy/deploy-events.ts';
import type { Refusal } from '../policy/refusal.ts';
import type { Outcome, StepFailure } from './events.ts';

/** What is remembered of one program between runs. */
export interface ProgramRecord {
  /** Written before the first signal, removed at the end: what a killed run was doing. */
  readonly unfinished:
    | {
        readonly strategy: Exclude<Strategy, 'auto'>;
        readonly workersAfter: number;
        readonly master: ProcId;
      }
    | undefined;
  /** The last load of the configuration by a reload of ours, for this very master. */
  readonly loaded: (LastLoad & { readonly master: ProcId }) | undefined;
  readonly last: HistoryEntry | undefined;
  /** A master whose configuration has been seen with a pre_exec, which USR2 makes it run. */
  readonly preExec?: ProcId | undefined;
}

/** One line of the history: who did what when, and what came of it. */
export interface HistoryEntry {
  readonly program: string;
  readonly action: Action;
  readonly strategy: Plan['strategy'];
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  readonly user: string;
  readonly version: string | undefined;
  readonly workers: number | undefined;
  readonly killed: number;
  /** How long the new version took until its workers were ready; left out where nothing was seen to boot. */
  readonly bootMs?: number;
  /** The code that was refused lies where the next worker loads from, whatever starts it. */
  readonly armed?: true | undefined;
}

/** A line of the history that tells of a release put into service. */
export interface DeployEntry {
  readonly program: string;
  readonly action: DeployAction;
  readonly outcome: DeployResult['outcome'];
  readonly exitCode: number;
  readonly startedEpochMs: number;
  readonly elapsedMs: number;
  readonly user: string;
  readonly link: string;
  readonly from: string;
  readonly to: string;
  /** What the release calls itself. */
  readonly revision?: string;
}

const EMPTY: ProgramRecord = { unfinished: undefined, loaded: undefined, last: undefined };

/** The name of the history file in the state directory; one JSON object a line. */
export const HISTORY_FILE = 'history.jsonl';

const MAX_HISTORY_BYTES = 1024 * 1024;

/**
 * Remembers one program between runs. Without a state directory it remembers nothing, which costs knowledge, never safety: leftovers are found
 * among the processes themselves.
 */
export class Journal {
  readonly #state: StateDirectory | undefined;
  readonly #file: string;
  #record: ProgramRecord = EMPTY;

  private constructor(state: StateDirectory | undefined, key: string) {
    this.#state = state;
    this.#file = `program ${key}`;
  }

  /** Opens what is remembered of the program that `key` names. */
  static async open(state: StateDirectory | undefined, key: string): Promise<Journal> {
    const journal = new Journal(state, key);
    const text = await state?.read(journal.#file);
    if (text !== undefined) journal.#record = parseRecord(text);
    return journal;
  }

  get record(): ProgramRecord {
    return this.#record;
  }

  /** The unfinished plan of an earlier run, if it was for this very master. */
  unfinishedOf(master: ProcId): ProgramRecord['unfinished'] {
    const { unfinished } = this.#record;
    return unfinished !== undefined && isSameProc(unfinished.master, master)
      ? unfinished
      : undefined;
  }

  /** The last load of the configuration, if it was by this very master. */
  loadedBy(master: ProcId): ProgramRecord['loaded'] {
    const { loaded } = this.#record;
    return loaded !== undefined && isSameProc(loaded.master, master) ? loaded : undefined;
  }

  /** Whether this very master may have a pre_exec. */
  hasPreExec(master: ProcId): boolean {
    const { preExec } = this.#record;
    return preExec !== undefined && isSameProc(preExec, master);
  }

  /** Notes, before the first signal, what is about to be done. */
  async begin(unfinished: NonNullable<ProgramRecord['unfinished']>): Promise<void> {
    await this.#write({ ...this.#record, unfinished });
  }

  /** Notes that nothing is under way any more, and how it went. */
  async finish(
    entry: HistoryEntry,
    changes: Pick<ProgramRecord, 'unfinished' | 'loaded' | 'preExec'>,
  ): Promise<void> {
    // What says nothing of the version that runs does not take the place of what does.
    const isAboutVersion = traitsOf(entry.action).changesVersion === true;
    await this.#write({ ...changes, last: isAboutVersion ? entry : this.#record.last });
    await appendHistory(this.#state, entry);
  }

  /** Notes that the code which lies there now has been proved, or is another one again. */
  async disarm(): Promise<void> {
    const { last } = this.#record;
    if (last?.armed !== true) return;
    // What is undefined is not written.
    await this.#write({ ...this.#record, last: { ...last, armed: undefined } });
  }

  async #write(record: ProgramRecord): Promise<void> {
    this.#record = record;
    await this.#state?.write(this.#file, JSON.stringify(record));
  }
}

/** Whether it was the new code itself that was refused, so that it lies there still. */
export function isArmed(
  action: Action,
  end: {
    readonly outcome: Outcome;
    readonly refusal?: Refusal | undefined;
    readonly failure?: StepFailure | undefined;
  },
): boolean {
  if (traitsOf(action).changesVersion !== true || end.outcome !== 'refused') return false;
  return end.failure === undefined
    ? end.refusal?.code === 'settings-broken'
    : !NOT_OF_THE_CODE.has(end.failure.why);
}

const NOT_OF_THE_CODE: ReadonlySet<StepFailure['why']> = new Set<StepFailure['why']>([
  'supervisor',
  'hook',
  'denied',
  'health-url-wrong',
]);

/** Adds a line to the history. */
export async function appendHistory(
  state: StateDirectory | undefined,
  entry: HistoryEntry | DeployEntry,
): Promise<void> {
  await state?.appendLine(HISTORY_FILE, JSON.stringify(entry), MAX_HISTORY_BYTES);
}

/** Reads a record; anything that is not one (an older version, a damaged file) is as good as none. */
export function parseRecord(text: string): ProgramRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return EMPTY; // Damaged: see above.
  }
  if (typeof raw !== 'object' || raw === null) return EMPTY;
  const record = raw as Partial<ProgramRecord>;
  return {
    unfinished: isUnfinished(record.unfinished) ? record.unfinished : undefined,
    loaded: isLoaded(record.loaded) ? record.loaded : undefined,
    last: isHistoryEntry(record.last) ? record.last : undefined,
    ...(isProcId(record.preExec) ? { preExec: record.preExec } : {}),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isProcId = (value: unknown): boolean =>
  isObject(value) && Number.isInteger(value.pid) && Number.isFinite(value.startTicks);

function isUnfinished(value: unknown): value is NonNullable<ProgramRecord['unfinished']> {
  return (
    isObject(value) &&
    typeof value.strategy === 'string' &&
    Number.isInteger(value.workersAfter) &&
    isProcId(value.master)
  );
}

function isLoaded(value: unknown): value is NonNullable<ProgramRecord['loaded']> {
  return (
    isObject(value) &&
    Number.isFinite(value.atEpochMs) &&
    Number.isInteger(value.workersConfigured) &&
    isProcId(value.master)
  );
}

/** Whether a value that was read is an entry of the history. */
export function isHistoryEntry(value: unknown): value is HistoryEntry {
  return (
    isObject(value) &&
    typeof value.program === 'string' &&
    typeof value.action === 'string' &&
    typeof value.outcome === 'string' &&
    Number.isInteger(value.exitCode) &&
    Number.isFinite(value.startedEpochMs)
  );
}
