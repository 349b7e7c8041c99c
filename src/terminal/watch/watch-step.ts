import type { WatchAction, WatchedProgram, WatchState } from './watch-state.ts';

/** What the view wants to be done. */
export type WatchRequest =
  | { readonly do: 'quit' }
  | { readonly do: 'suspend' }
  /** Draws everything again, for a screen that somebody else has written on. */
  | { readonly do: 'redraw' }
  | { readonly do: 'act'; readonly action: WatchAction; readonly program: WatchedProgram }
  /** Asks the action under way to end early. */
  | { readonly do: 'interrupt' };

/** The state after an event, and what is to be done because of it. */
export interface WatchStep {
  readonly state: WatchState;
  readonly requests: readonly WatchRequest[];
}
