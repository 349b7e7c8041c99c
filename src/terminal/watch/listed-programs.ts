import type { SortOrder, WatchedProgram, WatchState } from './watch-state.ts';

type Compare = (a: WatchedProgram, b: WatchedProgram) => number;

/** What needs a person's eye first. */
const STATES = [
  'FATAL',
  'BACKOFF',
  'UNKNOWN',
  'EXITED',
  'STOPPING',
  'STARTING',
  'RUNNING',
  'STOPPED',
];

const text: (pick: (program: WatchedProgram) => string) => Compare = (pick) => (a, b) =>
  pick(a) < pick(b) ? -1 : pick(a) > pick(b) ? 1 : 0;

/** Most first; what is not known comes last. */
const most: (pick: (program: WatchedProgram) => number | undefined) => Compare = (pick) => (a, b) =>
  (pick(b) ?? -1) - (pick(a) ?? -1);

const ORDERS: Readonly<Record<SortOrder, Compare>> = {
  supervisor: () => 0,
  name: text(({ key }) => key),
  state: (a, b) => rankOf(a) - rankOf(b),
  cpu: most(({ cpuPercent }) => cpuPercent),
  memory: most(({ memoryBytes }) => memoryBytes),
  uptime: most(({ uptimeMs }) => (uptimeMs === undefined ? undefined : -uptimeMs)),
};

/** The programs that pass the filter, sorted. The filter is looked for in names, states and types, whatever the case. */
export function listedPrograms(
  state: Pick<WatchState, 'programs' | 'filter' | 'sort' | 'isReversed'>,
): readonly WatchedProgram[] {
  const wanted = state.filter.toLowerCase();
  const passing = (state.programs ?? []).filter(({ name, state: word, type }) =>
    [name, word, type ?? ''].some((value) => value.toLowerCase().includes(wanted)),
  );
  const compare = ORDERS[state.sort];
  // Sorting keeps the supervisor's order among equals.
  const sorted = passing.sort(state.isReversed ? (a, b) => compare(b, a) : compare);
  return state.sort === 'supervisor' && state.isReversed ? sorted.reverse() : sorted;
}

/** Where in `listed` the chosen program is: the first one where it is not in there. -1 in an empty list. */
export function chosenIndex(
  state: Pick<WatchState, 'chosen'>,
  listed: readonly WatchedProgram[],
): number {
  const found = listed.findIndex(({ key }) => key === state.chosen);
  return found === -1 && listed.length > 0 ? 0 : found;
}

/** The program that keys act on. */
export function chosenProgram(state: WatchState): WatchedProgram | undefined {
  const listed = listedPrograms(state);
  return listed[chosenIndex(state, listed)];
}

function rankOf({ state }: WatchedProgram): number {
  const rank = STATES.indexOf(state);
  return rank === -1 ? 0 : rank;
}
