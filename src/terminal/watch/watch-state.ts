import type { LongStatusRow } from '../long-status-table.ts';
import type { Progress } from '../progress.ts';
import type { Tone } from '../theme.ts';

/** One process as the view shows it. */
export interface WatchedProgram extends LongStatusRow {
  /** 'group:name': what it is known by from one look to the next. */
  readonly key: string;
}

/** What the view can be asked to do to a program. */
export type WatchAction = 'reload' | 'restart' | 'start' | 'stop';

/** By what the programs are sorted; 'supervisor' is the order in which the supervisor lists them. */
export const SORT_ORDERS = ['supervisor', 'name', 'state', 'cpu', 'memory', 'uptime'] as const;

/** One of {@link SORT_ORDERS}. */
export type SortOrder = (typeof SORT_ORDERS)[number];

/** Which log is shown; 'auto' is stdout, or stderr where stdout has nothing. */
export const LOG_CHOICES = ['auto', 'stdout', 'stderr', 'none'] as const;

/** One of {@link LOG_CHOICES}. */
export type LogChoice = (typeof LOG_CHOICES)[number];

/** The end of a log of the program `key`, or why there is none to show. Text as it came. */
export type ShownLog =
  | {
      readonly key: string;
      readonly channel: 'stdout' | 'stderr';
      readonly text: string;
      /** The text begins in the middle of the log, likely within a line. */
      readonly isCut: boolean;
    }
  | { readonly key: string; readonly problem: string };

/** What the keys mean at the moment. */
type WatchMode =
  | { readonly is: 'browse' }
  | { readonly is: 'help' }
  /** A filter is being typed; `before` comes back when that is given up. */
  | { readonly is: 'filter'; readonly before: string }
  /** Waits for a yes to what would hurt. */
  | { readonly is: 'confirm'; readonly action: WatchAction; readonly key: string };

/** An action that was started in the view. */
export interface WatchTask {
  readonly action: WatchAction;
  readonly key: string;
  readonly name: string;
  readonly progress: Progress;
  readonly startedAtMs: number;
  /** What to add to the view's clock to be on the clock of the action's events. */
  readonly offsetMs: number;
  /** How often it was asked to end early. */
  readonly interruptions: number;
  /** 'failed': with an error instead of a result; its lines. */
  readonly state:
    | { readonly is: 'running' }
    | { readonly is: 'ended' }
    | { readonly is: 'failed'; readonly lines: readonly string[] };
}

/** A sentence in the last row until the next key. */
export interface WatchMessage {
  readonly text: string;
  readonly tone: Tone;
}

/** Everything that the view shows. Times in milliseconds of one monotonic clock. */
export interface WatchState {
  /** The supervisor's address. */
  readonly source: string;
  readonly nowMs: number;
  /** The time of day of the last look, as a person writes it. */
  readonly clock: string;
  readonly columns: number;
  readonly rows: number;
  /** In the supervisor's order; undefined before the first look. */
  readonly programs: readonly WatchedProgram[] | undefined;
  readonly sampledAtMs: number | undefined;
  /** Since when an answer is awaited. */
  readonly askedAtMs: number | undefined;
  /** Why the supervisor cannot be asked, and since when. */
  readonly trouble: { readonly why: string; readonly sinceMs: number } | undefined;
  /** The key of the chosen program; it may be gone, or not in the list because of the filter. */
  readonly chosen: string | undefined;
  readonly sort: SortOrder;
  readonly isReversed: boolean;
  readonly filter: string;
  readonly mode: WatchMode;
  readonly logChoice: LogChoice;
  readonly log: ShownLog | undefined;
  readonly message: WatchMessage | undefined;
  readonly task: WatchTask | undefined;
}

/** The state before anything is known. */
export function openingState(
  source: string,
  size: { readonly columns: number; readonly rows: number },
  nowMs: number,
): WatchState {
  return {
    source,
    nowMs,
    clock: '',
    columns: size.columns,
    rows: size.rows,
    programs: undefined,
    sampledAtMs: undefined,
    askedAtMs: undefined,
    trouble: undefined,
    chosen: undefined,
    sort: 'supervisor',
    isReversed: false,
    filter: '',
    mode: { is: 'browse' },
    logChoice: 'auto',
    log: undefined,
    message: undefined,
    task: undefined,
  };
}

/** Whether an action is under way. */
export function isAtWork(state: WatchState): boolean {
  return state.task?.state.is === 'running';
}
