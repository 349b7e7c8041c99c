import { listedPrograms } from './listed-programs.ts';
import type { WatchState } from './watch-state.ts';

/** How many rows of the screen each part has; they add up to the height of the screen. */
export interface WatchLayout {
  /** The line about the supervisor. */
  readonly header: number;
  /** The line that says why nothing is known at the moment. */
  readonly trouble: number;
  readonly heading: number;
  readonly programs: number;
  /** The log, or the action under way, with its title. */
  readonly pane: number;
  /** The keys, a message or a question. */
  readonly footer: number;
}

/** A pane with fewer rows says nothing. */
const LEAST_PANE = 3;

/** An action shows its steps and who serves. */
const PANE_OF_TASK = 12;

/** The list keeps this much when the pane wants all. */
const LEAST_PROGRAMS = 3;

/** Shares the rows out: what is chosen and what is wrong come first, the list gets what it needs, the pane the rest. */
export function layoutOf(state: WatchState): WatchLayout {
  const { rows } = state;
  const trouble = isTroubled(state) && rows >= 3 ? 1 : 0;
  const footer = rows >= 2 ? 1 : 0;
  const heading = rows >= 5 ? 1 : 0;
  const header = rows >= 4 ? 1 : 0;
  const room = Math.max(0, rows - trouble - footer - heading - header);
  const needed = Math.max(1, listedPrograms(state).length);
  const wanted = wantedPane(state, room);
  const pane = wanted < LEAST_PANE ? 0 : wanted;
  // The pane also takes what the list does not need.
  const programs = pane === 0 ? room : Math.min(needed, room - pane);
  return {
    header,
    trouble,
    heading,
    programs,
    pane: pane === 0 ? 0 : room - programs,
    footer,
  };
}

/** A supervisor that is well answers within milliseconds. */
const PATIENCE_MS = 2000;

/** Whether something stands between the view and the supervisor. */
function isTroubled({ trouble, askedAtMs, nowMs }: WatchState): boolean {
  return trouble !== undefined || (askedAtMs !== undefined && nowMs - askedAtMs >= PATIENCE_MS);
}

function wantedPane(state: WatchState, room: number): number {
  const share = Math.floor(room * 0.4);
  if (state.task !== undefined) {
    return Math.min(Math.max(PANE_OF_TASK, share), room - (room > 6 ? LEAST_PROGRAMS : 1));
  }
  if (state.logChoice === 'none') return 0;
  // On a small screen the list is what people have come for.
  return room < 8 ? 0 : share;
}
