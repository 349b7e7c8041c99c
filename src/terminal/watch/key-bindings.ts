/** A key as the help names it, and as the last row does where it is one of those that people look for. */
export interface KeyBinding {
  readonly keys: string;
  readonly does: string;
  /** For the last row: one or two words. */
  readonly short?: string;
}

/** The keys of the view, by topic. */
export const KEY_BINDINGS: ReadonlyArray<{
  readonly topic: string;
  readonly bindings: readonly KeyBinding[];
}> = [
  {
    topic: 'The chosen program',
    bindings: [
      { keys: 'r', does: 'reload: new code without a failed request', short: 'reload' },
      { keys: 'R', does: 'restart: reload, or stop and start; asks first' },
      { keys: 's', does: 'start', short: 'start' },
      { keys: 'x', does: 'stop; asks first', short: 'stop' },
      { keys: 'l', does: 'its log: by itself, stdout, stderr, none', short: 'log' },
      { keys: 'Ctrl-C', does: 'end the action in order; twice: at once' },
    ],
  },
  {
    topic: 'The list',
    bindings: [
      { keys: '↑ ↓ j k', does: 'choose; PgUp PgDn Home End g G go further' },
      { keys: '/', does: 'filter by name, state or type; Esc takes it back', short: 'filter' },
      { keys: 'o O', does: 'sort by the next column; the other way round', short: 'sort' },
    ],
  },
  {
    topic: 'The view',
    bindings: [
      { keys: '?', does: 'this help', short: 'help' },
      { keys: 'Ctrl-L', does: 'draw everything again' },
      { keys: 'Ctrl-Z', does: 'to the shell; fg comes back' },
      { keys: 'q', does: 'quit, as Ctrl-C does', short: 'quit' },
    ],
  },
];
