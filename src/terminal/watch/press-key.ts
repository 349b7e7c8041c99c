import { shown } from '../text/shown.ts';
import { chosenIndex, chosenProgram, listedPrograms } from './listed-programs.ts';
import type { WatchKey } from './keypress.ts';
import { layoutOf } from './layout.ts';
import {
  isAtWork,
  LOG_CHOICES,
  SORT_ORDERS,
  type WatchAction,
  type WatchedProgram,
  type WatchState,
} from './watch-state.ts';
import type { WatchRequest, WatchStep } from './watch-step.ts';

/** Longer than any name that somebody types. */
const MAX_FILTER = 60;

/** These take a program out of service, or may. */
const HURTS: ReadonlySet<WatchAction> = new Set<WatchAction>(['stop', 'restart']);

const ACTION_KEYS: Readonly<Record<string, WatchAction>> = {
  r: 'reload',
  R: 'restart',
  s: 'start',
  x: 'stop',
};

const stay = (state: WatchState, ...requests: readonly WatchRequest[]): WatchStep => ({
  state,
  requests,
});

/** The keys whose meaning depends on where one is. */
type PlainKey = Exclude<WatchKey, { readonly key: 'interrupt' | 'redraw' | 'suspend' }>;

/** What a key does. A message has been read when the next key is pressed. */
export function pressKey(before: WatchState, key: WatchKey): WatchStep {
  const state = { ...before, message: undefined };
  // These mean the same wherever one is.
  if (key.key === 'interrupt') return interrupt(state);
  if (key.key === 'redraw') return stay(before, { do: 'redraw' });
  if (key.key === 'suspend') return suspend(state);
  switch (state.mode.is) {
    case 'browse':
      return browse(state, key);
    case 'help':
      return stay({ ...state, mode: { is: 'browse' } });
    case 'filter':
      return stay(typeFilter(state, key, state.mode.before));
    case 'confirm':
      return confirm(state, key, state.mode);
  }
}

function interrupt(state: WatchState): WatchStep {
  const { task } = state;
  if (task === undefined || !isAtWork(state)) return stay(state, { do: 'quit' });
  const interruptions = task.interruptions + 1;
  const text =
    interruptions === 1
      ? `Ending the ${task.action} in order. Ctrl-C again stops waiting at once.`
      : `Ending the ${task.action} at once.`;
  return stay(
    { ...state, task: { ...task, interruptions }, message: { text, tone: 'warn' } },
    { do: 'interrupt' },
  );
}

function suspend(state: WatchState): WatchStep {
  return isAtWork(state)
    ? stay(refuse(state, 'it would stop half way'))
    : stay(state, { do: 'suspend' });
}

/** An action is under way, and what was asked for would not go well with that. */
function refuse(state: WatchState, why: string): WatchState {
  const { task } = state;
  const what = task === undefined ? '' : `A ${task.action} of ${shown(task.name, 60)} is under way`;
  return { ...state, message: { text: `${what}: ${why}. Ctrl-C ends it early.`, tone: 'warn' } };
}

function browse(state: WatchState, key: PlainKey): WatchStep {
  switch (key.key) {
    case 'up':
      return stay(move(state, -1));
    case 'down':
      return stay(move(state, 1));
    case 'page-up':
      return stay(move(state, -pageOf(state)));
    case 'page-down':
      return stay(move(state, pageOf(state)));
    case 'home':
      return stay(move(state, -Infinity));
    case 'end':
      return stay(move(state, Infinity));
    case 'escape':
      return stay(dismiss(state));
    case 'character':
      return type(state, key.text);
    case 'enter':
    case 'backspace':
    case 'erase-line':
      return stay(state);
  }
}

function type(state: WatchState, text: string): WatchStep {
  const action = ACTION_KEYS[text];
  if (action !== undefined) return act(state, action);
  switch (text) {
    case 'q':
      return isAtWork(state)
        ? stay(refuse(state, 'the view stays until it has ended'))
        : stay(state, { do: 'quit' });
    case 'k':
      return stay(move(state, -1));
    case 'j':
      return stay(move(state, 1));
    case 'g':
      return stay(move(state, -Infinity));
    case 'G':
      return stay(move(state, Infinity));
    case '/':
      return stay({ ...state, mode: { is: 'filter', before: state.filter } });
    case 'o':
      return stay({ ...state, sort: following(SORT_ORDERS, state.sort), isReversed: false });
    case 'O':
      return stay({ ...state, isReversed: !state.isReversed });
    case 'l':
      return stay({ ...state, logChoice: following(LOG_CHOICES, state.logChoice), log: undefined });
    case '?':
    case 'h':
      return stay({ ...state, mode: { is: 'help' } });
    default:
      return stay(state);
  }
}

function act(state: WatchState, action: WatchAction): WatchStep {
  const program = chosenProgram(state);
  if (program === undefined) return stay(state);
  if (isAtWork(state)) return stay(refuse(state, 'one at a time'));
  if (state.trouble !== undefined) {
    const text = `No ${action}: the supervisor cannot be asked.`;
    return stay({ ...state, message: { text, tone: 'bad' } });
  }
  // From here on it is this program, wherever it goes in the list.
  const chosen = { ...state, chosen: program.key };
  return HURTS.has(action)
    ? stay({ ...chosen, mode: { is: 'confirm', action, key: program.key } })
    : begin(chosen, action, program);
}

function begin(state: WatchState, action: WatchAction, program: WatchedProgram): WatchStep {
  return stay({ ...state, mode: { is: 'browse' } }, { do: 'act', action, program });
}

function confirm(
  state: WatchState,
  key: WatchKey,
  { action, key: wanted }: Extract<WatchState['mode'], { is: 'confirm' }>,
): WatchStep {
  const program = state.programs?.find((other) => other.key === wanted);
  const isYes = key.key === 'character' && (key.text === 'y' || key.text === 'Y');
  if (isYes && program !== undefined) return begin(state, action, program);
  const text = program === undefined ? 'It is no longer there.' : `No ${action}.`;
  return stay({ ...state, mode: { is: 'browse' }, message: { text, tone: 'faint' } });
}

function typeFilter(state: WatchState, key: PlainKey, before: string): WatchState {
  switch (key.key) {
    case 'character':
      return { ...state, filter: (state.filter + key.text).slice(0, MAX_FILTER) };
    case 'backspace':
      return { ...state, filter: Array.from(state.filter).slice(0, -1).join('') };
    case 'erase-line':
      return { ...state, filter: '' };
    case 'enter':
      return { ...state, mode: { is: 'browse' } };
    case 'escape':
      return { ...state, filter: before, mode: { is: 'browse' } };
    case 'up':
      return move(state, -1);
    case 'down':
      return move(state, 1);
    case 'page-up':
    case 'page-down':
    case 'home':
    case 'end':
      return state;
  }
}

/** Escape takes away what is most in the way: the report of an action, then the filter. */
function dismiss(state: WatchState): WatchState {
  if (state.task !== undefined) return isAtWork(state) ? state : { ...state, task: undefined };
  return { ...state, filter: '' };
}

function move(state: WatchState, by: number): WatchState {
  const listed = listedPrograms(state);
  const index = Math.min(Math.max(chosenIndex(state, listed) + by, 0), listed.length - 1);
  return { ...state, chosen: listed[index]?.key ?? state.chosen };
}

function pageOf(state: WatchState): number {
  return Math.max(1, layoutOf(state).programs - 1);
}

function following<T>(all: readonly T[], current: T): T {
  const next = all[(all.indexOf(current) + 1) % all.length];
  return next ?? current;
}
