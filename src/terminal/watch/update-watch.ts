import type { ReloadEvent } from '../../reload/events.ts';
import { advance, closeProgress, NO_PROGRESS } from '../progress.ts';
import { shown } from '../text/shown.ts';
import { resultSentence } from '../words/result.ts';
import { pressKey } from './press-key.ts';
import { chosenIndex, listedPrograms } from './listed-programs.ts';
import type { WatchKey } from './keypress.ts';
import type {
  ShownLog,
  WatchAction,
  WatchedProgram,
  WatchMessage,
  WatchState,
} from './watch-state.ts';
import { isAtWork } from './watch-state.ts';
import type { WatchStep } from './watch-step.ts';

/** What happened to the view. */
export type WatchEvent =
  | { readonly is: 'key'; readonly key: WatchKey }
  | { readonly is: 'resized'; readonly columns: number; readonly rows: number }
  /** Time goes on. */
  | { readonly is: 'tick' }
  | { readonly is: 'asked' }
  | {
      readonly is: 'sampled';
      readonly programs: readonly WatchedProgram[];
      readonly clock: string;
      /** The supervisor is another process than at the last look. */
      readonly isOtherSupervisor: boolean;
    }
  | { readonly is: 'lost'; readonly why: string }
  | { readonly is: 'log'; readonly log: ShownLog | undefined }
  | { readonly is: 'task-started'; readonly action: WatchAction; readonly program: WatchedProgram }
  | { readonly is: 'task-event'; readonly event: ReloadEvent }
  /** The action is over. `error`: it ended without a result; the lines that say why. */
  | { readonly is: 'task-ended'; readonly error: readonly string[] | undefined };

/** The view's only place where its state changes. Pure. `nowMs` on the clock of the state. */
export function updateWatch(before: WatchState, event: WatchEvent, nowMs: number): WatchStep {
  const state = { ...before, nowMs };
  if (event.is === 'key') return pressKey(state, event.key);
  return { state: take(state, event), requests: [] };
}

function take(state: WatchState, event: Exclude<WatchEvent, { is: 'key' }>): WatchState {
  switch (event.is) {
    case 'tick':
      return state;
    case 'resized':
      return { ...state, columns: event.columns, rows: event.rows };
    case 'asked':
      return { ...state, askedAtMs: state.nowMs };
    case 'sampled':
      return takeSample(state, event);
    case 'lost':
      return {
        ...state,
        askedAtMs: undefined,
        trouble: { why: event.why, sinceMs: state.trouble?.sinceMs ?? state.nowMs },
      };
    case 'log':
      return { ...state, log: event.log };
    case 'task-started':
      return {
        ...state,
        message: undefined,
        task: {
          action: event.action,
          key: event.program.key,
          name: event.program.name,
          progress: NO_PROGRESS,
          startedAtMs: state.nowMs,
          offsetMs: -state.nowMs,
          interruptions: 0,
          state: { is: 'running' },
        },
      };
    case 'task-event':
      return takeTaskEvent(state, event.event);
    case 'task-ended':
      return endTask(state, event.error);
  }
}

function takeSample(state: WatchState, event: Extract<WatchEvent, { is: 'sampled' }>): WatchState {
  const { programs, clock } = event;
  const next = {
    ...state,
    programs,
    clock,
    sampledAtMs: state.nowMs,
    askedAtMs: undefined,
    trouble: undefined,
  };
  const chosen = keepChosen(state, next);
  const message = noticed(state, event);
  return { ...next, chosen, message: message ?? state.message };
}

/** The chosen program, or where that is gone the one that has taken its place in the list. */
function keepChosen(before: WatchState, after: WatchState): string | undefined {
  if (after.programs?.some(({ key }) => key === before.chosen) === true) return before.chosen;
  const index = chosenIndex(before, listedPrograms(before));
  const listed = listedPrograms(after);
  return listed[Math.min(Math.max(index, 0), listed.length - 1)]?.key;
}

/** What a person should not have to notice: a program that is gone or has failed, another supervisor. */
function noticed(
  before: WatchState,
  { programs, isOtherSupervisor }: Extract<WatchEvent, { is: 'sampled' }>,
): WatchMessage | undefined {
  if (isOtherSupervisor) return { text: 'The supervisor was restarted.', tone: 'warn' };
  const gone = before.programs?.filter(({ key }) => !programs.some((other) => other.key === key));
  const [first] = gone ?? [];
  if (first !== undefined) {
    const more = (gone?.length ?? 0) - 1;
    const others = more === 0 ? '' : `, and ${more} more`;
    return {
      text: `The supervisor no longer has ${shown(first.name, 60)}${others}.`,
      tone: 'warn',
    };
  }
  const failed = programs.find(
    ({ key, state }) =>
      state === 'FATAL' &&
      before.programs?.some((other) => other.key === key && other.state !== 'FATAL') === true,
  );
  return failed === undefined
    ? undefined
    : {
        text: `${shown(failed.name, 60)} is FATAL: ${shown(failed.description, 100)}`,
        tone: 'bad',
      };
}

function takeTaskEvent(state: WatchState, event: ReloadEvent): WatchState {
  const { task } = state;
  if (task === undefined) return state;
  const offsetMs = event.atMs - state.nowMs;
  return { ...state, task: { ...task, offsetMs, progress: advance(task.progress, event) } };
}

function endTask(state: WatchState, error: readonly string[] | undefined): WatchState {
  const { task } = state;
  if (task === undefined || !isAtWork(state)) return state;
  const progress = closeProgress(task.progress);
  const { result } = progress;
  if (error !== undefined || result === undefined) {
    const lines = error ?? [`The ${task.action} ended without a result.`];
    return { ...state, task: { ...task, progress, state: { is: 'failed', lines } } };
  }
  if (result.outcome === 'done') {
    // The list and the log are what matters next.
    const message = { text: shown(resultSentence(result)), tone: 'good' } as const;
    return { ...state, task: undefined, message };
  }
  return { ...state, task: { ...task, progress, state: { is: 'ended' } } };
}
