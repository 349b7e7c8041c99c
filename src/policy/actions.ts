/** What is known of an action wherever it is carried out. */
interface ActionTraits {
  /** What `supervisorctl` calls it, where it has the same. */
  readonly supervisorctl?: 'start' | 'stop' | 'restart';
  /** There is nothing to do where no process runs. */
  readonly needsRunning?: true;
  /** The supervisor does it; of several programs the others have their turn though one failed. */
  readonly isOfSupervisor?: true;
  /** It can be asked for by `reloadctl.reload` and `reloadctl.plan` of the daemon. */
  readonly isOverWire?: true;
  /** It may leave another version in service than it has found. */
  readonly changesVersion?: true;
  /** Nothing of the program runs for a moment, or from then on. */
  readonly stops?: true;
  /** The program is started anew by its supervisor. */
  readonly starts?: true;
}

/** What can be asked for, in the order in which it is listed. */
export const ACTIONS = {
  reload: { needsRunning: true, isOverWire: true, changesVersion: true },
  restart: {
    supervisorctl: 'restart',
    isOverWire: true,
    changesVersion: true,
    stops: true,
    starts: true,
  },
  'hard-restart': {
    supervisorctl: 'restart',
    isOverWire: true,
    changesVersion: true,
    stops: true,
    starts: true,
  },
  start: {
    supervisorctl: 'start',
    isOfSupervisor: true,
    isOverWire: true,
    changesVersion: true,
    starts: true,
  },
  stop: {
    supervisorctl: 'stop',
    isOfSupervisor: true,
    isOverWire: true,
    changesVersion: true,
    stops: true,
  },
  'reopen-logs': { needsRunning: true },
  scale: { needsRunning: true },
  upgrade: { needsRunning: true, changesVersion: true },
  check: {},
} as const satisfies Readonly<Record<string, ActionTraits>>;

/** What was asked for. */
export type Action = keyof typeof ACTIONS;

/** What can be planned. */
export type PlannedAction = Exclude<Action, 'check'>;

/** {@link ACTIONS} by a name that is known only when it runs. */
export const traitsOf = (action: Action): ActionTraits => ACTIONS[action];

/** All that can be planned. */
export const PLANNED_ACTIONS = Object.keys(ACTIONS).filter(
  (action): action is PlannedAction => action !== 'check',
);
