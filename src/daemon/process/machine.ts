import type { Program } from '../../config/program.ts';
import type { ExitStatus } from './exit-status.ts';
import { exitCodeOf } from './exit-status.ts';

/** What a transition depends on beside the machine and the event. */
export interface MachineSettings extends Pick<
  Program,
  'startsecs' | 'startretries' | 'autorestart' | 'exitcodes'
> {
  /** Seconds from the stop signal to the KILL: stopPatienceS says how long, not stopwaitsecs alone. */
  readonly stopPatienceS: number;
  /** Whether what has ended may be started again: not while the daemon ends. */
  readonly mayRestart: boolean;
}

/** What outlives the changes of state. */
interface Counters {
  /** Starts that failed in a row; RUNNING and FATAL clear it, a stop does not. */
  readonly failures: number;
  /** Runs in a row that ended unexpectedly, were longer than startsecs and shorter than a second: they would go on for ever. */
  readonly briefRuns: number;
}

/**
 * A process as supervisord sees it; times are monotonic milliseconds. Each state carries what is legal in it alone.
 *
 * ```
 *              start                tick: > startsecs               ended
 *   STOPPED ───────────▶ STARTING ────────────────────▶ RUNNING ──────────▶ EXITED
 *      ▲                  │  ▲ │ ended early or            │   tick: restart  │
 *      │            stop  │  │ │ spawn-failed         stop │   (at once) ─────┼──▶ STARTING
 *      │                  ▼  │ ▼                           ▼                  │
 *      ├─ended── STOPPING◀┘  BACKOFF ──tick: due──▶ STARTING        too many brief runs
 *      │         (tick: KILL,   │ │ ▲                                         │
 *      │          again and     │ │ └─────────────────────────────────────────┘
 *      │          again)        │ └─tick: no try left, or give-up──▶ FATAL ──start──▶ STARTING
 *      └────────────────stop────┘
 *
 *   a signal that the kernel refuses: any state with a process ──▶ UNKNOWN ──ended──▶ STOPPED
 *   promoted: RUNNING stays RUNNING, STARTING ──▶ RUNNING, any stopped state or BACKOFF ──▶ STARTING ──▶ RUNNING
 * ```
 */
export type Machine = Counters &
  (
    | { readonly state: 'STOPPED' }
    /** `sinceMs`: when there was a process; undefined while it is only being made. */
    | { readonly state: 'STARTING'; readonly sinceMs: number | undefined }
    /** `sinceMs`: when it was started. */
    | { readonly state: 'RUNNING'; readonly sinceMs: number }
    /** `retries` is false when the tries are used up and FATAL is next. */
    | { readonly state: 'BACKOFF'; readonly dueAtMs: number; readonly retries: boolean }
    | { readonly state: 'STOPPING'; readonly killAtMs: number }
    | { readonly state: 'EXITED'; readonly restartAtMs: number | undefined }
    | { readonly state: 'FATAL' }
    | { readonly state: 'UNKNOWN' }
  );

/** What can happen to a process. */
export type MachineEvent =
  /** Somebody wants it started: a person, autostart. */
  | { readonly type: 'start' }
  /** The process is there: only now does startsecs begin. */
  | { readonly type: 'spawned' }
  /** There was nothing to run. */
  | { readonly type: 'spawn-failed' }
  | { readonly type: 'ended'; readonly status: ExitStatus }
  | { readonly type: 'stop' }
  /** The daemon goes: nothing is tried any more. */
  | { readonly type: 'give-up' }
  /** The moment of {@link wakeAt}, or any other. */
  | { readonly type: 'tick' }
  /** The kernel did not let us signal the process. */
  | { readonly type: 'signal-denied' }
  /** A second instance that is up has become the process. */
  | { readonly type: 'promoted' };

/** What has to be done about it, in this order. */
export type MachineEffect =
  | { readonly do: 'spawn' }
  /** Send the program's stop signal. */
  | { readonly do: 'stop-signal' }
  | { readonly do: 'kill' }
  /** Tell that the process has ended; `expected` by exitcodes, `tooQuickly` when it never was RUNNING. */
  | {
      readonly do: 'note-exit';
      readonly status: ExitStatus;
      readonly expected: boolean;
      readonly phase: 'too-quickly' | 'stopped' | 'exited';
    }
  /** Tell everybody the new state. */
  | { readonly do: 'announce'; readonly from: Machine['state']; readonly to: Machine };

/** The machine afterwards, and what is to be done. */
export interface Transition {
  readonly machine: Machine;
  readonly effects: readonly MachineEffect[];
}

/** A process that has never been started. */
export const FRESH_MACHINE: Machine = { state: 'STOPPED', failures: 0, briefRuns: 0 };

/** Two starts of a program that ends at once are this far apart, as with supervisord's loop. */
const BRIEF_RUN_MS = 1000;
/** So many brief runs are repeated at that pace; then each pause is longer than the last. */
const PATIENT_BRIEF_RUNS = 10;
const LONGEST_PAUSE_MS = 30_000;

type State = Machine['state'];
type MachineIn<S extends State> = Extract<Machine, { readonly state: S }>;
type EventOf<E extends MachineEvent['type']> = Extract<MachineEvent, { readonly type: E }>;

/** The moment of an event, and what else a transition depends on. */
interface Context extends MachineSettings {
  readonly nowMs: number;
}

type Handler<M extends Machine, E extends MachineEvent> = (
  machine: M,
  context: Context,
  event: E,
) => Transition;

/** State × event; what is not here changes nothing. */
const TRANSITIONS: {
  readonly [S in State]: {
    readonly [E in MachineEvent['type']]?: Handler<MachineIn<S>, EventOf<E>>;
  };
} = {
  STOPPED: { start: begin, promoted: beginPromoted },
  STARTING: {
    spawned: (machine, { nowMs }) => stay({ ...machine, sinceMs: nowMs }),
    'spawn-failed': (machine, context) => failStart(machine, context),
    ended: endStarting,
    stop: beginStop,
    tick: succeedWhenDue,
    'signal-denied': lose,
    promoted: (machine, { nowMs }) => succeed({ ...machine, briefRuns: 0 }, nowMs),
  },
  RUNNING: {
    ended: (machine, context, { status }) => exit(machine, machine.sinceMs, status, context),
    stop: beginStop,
    'signal-denied': lose,
    // Where there was a process there still is one: nobody needs to be told.
    promoted: (machine, { nowMs }) =>
      stay({ ...machine, sinceMs: nowMs, failures: 0, briefRuns: 0 }),
  },
  BACKOFF: {
    start: begin,
    stop: rest,
    'give-up': fail,
    tick: tryAgainWhenDue,
    promoted: beginPromoted,
  },
  STOPPING: {
    'spawn-failed': rest, // Stopped before there was anything to stop.
    ended: endStopped,
    tick: killWhenDue,
    'signal-denied': lose,
  },
  EXITED: {
    start: begin,
    stop: (machine) => (machine.restartAtMs === undefined ? stay(machine) : rest(machine)),
    'give-up': (machine) => stay({ ...machine, restartAtMs: undefined }),
    tick: restartWhenDue,
    promoted: beginPromoted,
  },
  FATAL: { start: begin, promoted: beginPromoted },
  UNKNOWN: { ended: endStopped },
};

/** What `event` at `nowMs` makes of `machine`. Events that mean nothing in a state change nothing. */
export function transition(
  machine: Machine,
  event: MachineEvent,
  settings: MachineSettings,
  nowMs: number,
): Transition {
  // The compiler does not see that row and column are those of the machine and the event.
  const handle = TRANSITIONS[machine.state][event.type] as
    Handler<Machine, MachineEvent> | undefined;
  return handle?.(machine, { ...settings, nowMs }, event) ?? stay(machine);
}

/** When the machine wants its next tick; undefined: only an event from outside changes it. */
export function wakeAt(
  machine: Machine,
  { startsecs }: Pick<MachineSettings, 'startsecs'>,
): number | undefined {
  if (machine.state !== 'STARTING') return dueAt(machine);
  // Strictly later than startsecs, and timers of Node may be up to a millisecond early.
  return machine.sinceMs === undefined
    ? undefined
    : machine.sinceMs + Math.max(0, startsecs) * 1000 + 1;
}

/** The moment that a state without a process, or one that is to lose it, waits for. */
export function dueAt(machine: Machine): number | undefined {
  switch (machine.state) {
    case 'BACKOFF':
      return machine.dueAtMs;
    case 'STOPPING':
      return machine.killAtMs;
    case 'EXITED':
      return machine.restartAtMs;
    case 'STOPPED':
    case 'STARTING':
    case 'RUNNING':
    case 'FATAL':
    case 'UNKNOWN':
      return undefined;
  }
}

function begin(machine: Machine): Transition {
  const next: Machine = { ...countersOf(machine), state: 'STARTING', sinceMs: undefined };
  return change(machine, next, [{ do: 'spawn' }]);
}

/** A start like any other, of a process that is up already. */
function beginPromoted(machine: Machine, { nowMs }: Context): Transition {
  const counters = { failures: 0, briefRuns: 0 };
  const starting = change(machine, { ...counters, state: 'STARTING', sinceMs: nowMs });
  return then(starting, succeed(starting.machine, nowMs));
}

function failStart(
  machine: Machine,
  { startretries, nowMs }: Context,
  notes: readonly MachineEffect[] = [],
): Transition {
  const failures = machine.failures + 1;
  const retries = failures <= startretries;
  const dueAtMs = retries ? nowMs + failures * 1000 : nowMs;
  const { briefRuns } = machine;
  return change(machine, { state: 'BACKOFF', failures, briefRuns, retries, dueAtMs }, [], notes);
}

function endStarting(
  machine: MachineIn<'STARTING'>,
  context: Context,
  { status }: EventOf<'ended'>,
): Transition {
  const { nowMs, startsecs } = context;
  const sinceMs = machine.sinceMs ?? nowMs;
  if (nowMs - sinceMs < startsecs * 1000) {
    return failStart(machine, context, [
      { do: 'note-exit', status, expected: false, phase: 'too-quickly' },
    ]);
  }
  const running = succeed(machine, sinceMs);
  return then(running, exit(running.machine, sinceMs, status, context));
}

function succeedWhenDue(machine: MachineIn<'STARTING'>, { nowMs, startsecs }: Context): Transition {
  const { sinceMs } = machine;
  return sinceMs !== undefined && nowMs - sinceMs > startsecs * 1000
    ? succeed(machine, sinceMs)
    : stay(machine);
}

function succeed(machine: Machine, sinceMs: number): Transition {
  const { briefRuns } = machine;
  return change(machine, { state: 'RUNNING', sinceMs, failures: 0, briefRuns });
}

function exit(
  machine: Machine,
  sinceMs: number,
  status: ExitStatus,
  { nowMs, autorestart, mayRestart, exitcodes }: Context,
): Transition {
  const expected = exitcodes.includes(exitCodeOf(status));
  const wasBrief = nowMs - sinceMs < BRIEF_RUN_MS;
  const briefRuns = wasBrief && !expected ? machine.briefRuns + 1 : 0;
  const restarts =
    mayRestart && (autorestart === true || (autorestart === 'unexpected' && !expected));
  const restartAtMs = !restarts ? undefined : wasBrief ? sinceMs + BRIEF_RUN_MS : nowMs;
  const exited = change(
    machine,
    { state: 'EXITED', failures: 0, briefRuns, restartAtMs },
    [],
    [{ do: 'note-exit', status, expected, phase: 'exited' }],
  );
  if (!restarts || briefRuns <= PATIENT_BRIEF_RUNS) return exited;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, (briefRuns - PATIENT_BRIEF_RUNS) * 1000);
  const dueAtMs = nowMs + pauseMs;
  return then(
    exited,
    change(exited.machine, { state: 'BACKOFF', failures: 0, briefRuns, retries: true, dueAtMs }),
  );
}

function beginStop(machine: Machine, { nowMs, stopPatienceS }: Context): Transition {
  const killAtMs = nowMs + stopPatienceS * 1000;
  return change(machine, { ...countersOf(machine), state: 'STOPPING', killAtMs }, [
    { do: 'stop-signal' },
  ]);
}

function killWhenDue(
  machine: MachineIn<'STOPPING'>,
  { nowMs, stopPatienceS }: Context,
): Transition {
  if (nowMs < machine.killAtMs) return stay(machine);
  // A stop without any patience must not become a loop without any pause.
  const killAtMs = nowMs + Math.max(1, stopPatienceS) * 1000;
  return { machine: { ...machine, killAtMs }, effects: [{ do: 'kill' }] };
}

function endStopped(
  machine: Machine,
  { exitcodes }: Context,
  { status }: EventOf<'ended'>,
): Transition {
  const expected = exitcodes.includes(exitCodeOf(status));
  const note: MachineEffect = { do: 'note-exit', status, expected, phase: 'stopped' };
  return change(machine, { ...countersOf(machine), state: 'STOPPED' }, [], [note]);
}

function tryAgainWhenDue(machine: MachineIn<'BACKOFF'>, { nowMs }: Context): Transition {
  if (nowMs < machine.dueAtMs) return stay(machine);
  return machine.retries ? begin(machine) : fail(machine);
}

function restartWhenDue(machine: MachineIn<'EXITED'>, { nowMs }: Context): Transition {
  const { restartAtMs } = machine;
  return restartAtMs !== undefined && nowMs >= restartAtMs ? begin(machine) : stay(machine);
}

function rest(machine: Machine): Transition {
  return change(machine, { ...countersOf(machine), state: 'STOPPED' });
}

function lose(machine: Machine): Transition {
  return change(machine, { ...countersOf(machine), state: 'UNKNOWN' });
}

function fail(machine: Machine): Transition {
  return change(machine, { state: 'FATAL', failures: 0, briefRuns: 0 });
}

function countersOf({ failures, briefRuns }: Machine): Counters {
  return { failures, briefRuns };
}

function stay(machine: Machine): Transition {
  return { machine, effects: [] };
}

function then(first: Transition, second: Transition): Transition {
  return { machine: second.machine, effects: [...first.effects, ...second.effects] };
}

/** Notes come before the news, what is to be done comes after it. */
function change(
  from: Machine,
  to: Machine,
  actions: readonly MachineEffect[] = [],
  notes: readonly MachineEffect[] = [],
): Transition {
  return {
    machine: to,
    effects: [...notes, { do: 'announce', from: from.state, to }, ...actions],
  };
}
