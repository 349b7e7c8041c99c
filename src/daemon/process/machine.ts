import type { Program } from '../../config/program.ts';
import type { ExitStatus } from './exit-status.ts';
import { exitCodeOf } from './exit-status.ts';

/** What the machine asks of the configuration. */
export type MachineSettings = Pick<
  Program,
  'startsecs' | 'startretries' | 'autorestart' | 'exitcodes' | 'stopwaitsecs'
>;

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

/** Two starts of a program that ends at once are this far apart: supervisord's pace, once in each pass of its loop. */
const BRIEF_RUN_MS = 1000;
/** So many brief runs are repeated at that pace; then each pause is longer than the last. */
const PATIENT_BRIEF_RUNS = 10;
const LONGEST_PAUSE_MS = 30_000;

/** What `event` at `nowMs` makes of `machine`. Events that mean nothing in a state change nothing. */
export function transition(
  machine: Machine,
  event: MachineEvent,
  settings: MachineSettings,
  nowMs: number,
): Transition {
  switch (event.type) {
    case 'start':
      return onStart(machine);
    case 'spawned':
      return stay(machine.state === 'STARTING' ? { ...machine, sinceMs: nowMs } : machine);
    case 'spawn-failed':
      return onSpawnFailed(machine, settings, nowMs);
    case 'ended':
      return onEnded(machine, event.status, settings, nowMs);
    case 'stop':
      return onStop(machine, settings, nowMs);
    case 'give-up':
      return onGiveUp(machine);
    case 'tick':
      return onTick(machine, settings, nowMs);
    case 'signal-denied':
      return machine.state === 'STARTING' ||
        machine.state === 'RUNNING' ||
        machine.state === 'STOPPING'
        ? change(machine, { ...countersOf(machine), state: 'UNKNOWN' })
        : stay(machine);
    case 'promoted':
      return onPromoted(machine, nowMs);
  }
}

/** When the machine wants its next tick; undefined: only an event from outside changes it. */
export function wakeAt(machine: Machine, settings: MachineSettings): number | undefined {
  switch (machine.state) {
    case 'STARTING':
      // Strictly later than startsecs, and timers of Node may be up to a millisecond early.
      return machine.sinceMs === undefined
        ? undefined
        : machine.sinceMs + Math.max(0, settings.startsecs) * 1000 + 1;
    case 'BACKOFF':
      return machine.dueAtMs;
    case 'STOPPING':
      return machine.killAtMs;
    case 'EXITED':
      return machine.restartAtMs;
    case 'STOPPED':
    case 'RUNNING':
    case 'FATAL':
    case 'UNKNOWN':
      return undefined;
  }
}

function onStart(machine: Machine): Transition {
  switch (machine.state) {
    case 'STOPPED':
    case 'EXITED':
    case 'FATAL':
    case 'BACKOFF':
      return begin(machine);
    case 'STARTING':
    case 'RUNNING':
    case 'STOPPING':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function begin(machine: Machine): Transition {
  const next: Machine = { ...countersOf(machine), state: 'STARTING', sinceMs: undefined };
  return change(machine, next, [{ do: 'spawn' }]);
}

/**
 * Where there was a process there still is one: nobody needs to be told. Otherwise it is a start like any other.
 */
function onPromoted(machine: Machine, nowMs: number): Transition {
  switch (machine.state) {
    case 'RUNNING':
      return stay({ ...machine, sinceMs: nowMs, failures: 0, briefRuns: 0 });
    case 'STARTING':
      return succeed({ ...machine, briefRuns: 0 }, nowMs);
    case 'STOPPED':
    case 'BACKOFF':
    case 'EXITED':
    case 'FATAL': {
      const starting = change(machine, {
        state: 'STARTING',
        failures: 0,
        briefRuns: 0,
        sinceMs: nowMs,
      });
      const running = succeed(starting.machine, nowMs);
      return { machine: running.machine, effects: [...starting.effects, ...running.effects] };
    }
    case 'STOPPING':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function onSpawnFailed(machine: Machine, settings: MachineSettings, nowMs: number): Transition {
  switch (machine.state) {
    case 'STARTING':
      return failStart(machine, settings, nowMs, []);
    case 'STOPPING': // Stopped before there was anything to stop.
      return change(machine, { ...countersOf(machine), state: 'STOPPED' });
    case 'STOPPED':
    case 'RUNNING':
    case 'BACKOFF':
    case 'EXITED':
    case 'FATAL':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function onEnded(
  machine: Machine,
  status: ExitStatus,
  settings: MachineSettings,
  nowMs: number,
): Transition {
  const expected = settings.exitcodes.includes(exitCodeOf(status));
  switch (machine.state) {
    case 'STARTING': {
      const sinceMs = machine.sinceMs ?? nowMs;
      if (nowMs - sinceMs < settings.startsecs * 1000) {
        return failStart(machine, settings, nowMs, [
          { do: 'note-exit', status, expected: false, phase: 'too-quickly' },
        ]);
      }
      const running = succeed(machine, sinceMs);
      const exited = exit(running.machine, sinceMs, status, expected, settings, nowMs);
      return { machine: exited.machine, effects: [...running.effects, ...exited.effects] };
    }
    case 'RUNNING':
      return exit(machine, machine.sinceMs, status, expected, settings, nowMs);
    case 'STOPPING':
    case 'UNKNOWN':
      return change(
        machine,
        { ...countersOf(machine), state: 'STOPPED' },
        [],
        [{ do: 'note-exit', status, expected, phase: 'stopped' }],
      );
    case 'STOPPED':
    case 'BACKOFF':
    case 'EXITED':
    case 'FATAL':
      return stay(machine);
  }
}

function failStart(
  machine: Machine,
  settings: MachineSettings,
  nowMs: number,
  notes: readonly MachineEffect[],
): Transition {
  const failures = machine.failures + 1;
  const retries = failures <= settings.startretries;
  const next: Machine = {
    state: 'BACKOFF',
    failures,
    briefRuns: machine.briefRuns,
    retries,
    dueAtMs: retries ? nowMs + failures * 1000 : nowMs,
  };
  return change(machine, next, [], notes);
}

function succeed(machine: Machine, sinceMs: number): Transition {
  return change(machine, {
    state: 'RUNNING',
    sinceMs,
    failures: 0,
    briefRuns: machine.briefRuns,
  });
}

function exit(
  machine: Machine,
  sinceMs: number,
  status: ExitStatus,
  expected: boolean,
  settings: MachineSettings,
  nowMs: number,
): Transition {
  const wasBrief = nowMs - sinceMs < BRIEF_RUN_MS;
  const briefRuns = wasBrief && !expected ? machine.briefRuns + 1 : 0;
  const restarts = settings.autorestart === true || (settings.autorestart !== false && !expected);
  const exited: Machine = {
    state: 'EXITED',
    failures: 0,
    briefRuns,
    restartAtMs: !restarts ? undefined : wasBrief ? sinceMs + BRIEF_RUN_MS : nowMs,
  };
  const first = change(
    machine,
    exited,
    [],
    [{ do: 'note-exit', status, expected, phase: 'exited' }],
  );
  if (!restarts || briefRuns <= PATIENT_BRIEF_RUNS) return first;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, (briefRuns - PATIENT_BRIEF_RUNS) * 1000);
  const pausing: Machine = {
    state: 'BACKOFF',
    failures: 0,
    briefRuns,
    retries: true,
    dueAtMs: nowMs + pauseMs,
  };
  const second = change(exited, pausing);
  return { machine: second.machine, effects: [...first.effects, ...second.effects] };
}

function onStop(machine: Machine, settings: MachineSettings, nowMs: number): Transition {
  switch (machine.state) {
    case 'STARTING':
    case 'RUNNING':
      return change(
        machine,
        {
          ...countersOf(machine),
          state: 'STOPPING',
          killAtMs: nowMs + settings.stopwaitsecs * 1000,
        },
        [{ do: 'stop-signal' }],
      );
    case 'BACKOFF':
      return change(machine, { ...countersOf(machine), state: 'STOPPED' });
    case 'EXITED':
      return machine.restartAtMs === undefined
        ? stay(machine)
        : change(machine, { ...countersOf(machine), state: 'STOPPED' });
    case 'STOPPED':
    case 'STOPPING':
    case 'FATAL':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function onGiveUp(machine: Machine): Transition {
  switch (machine.state) {
    case 'BACKOFF':
      return toFatal(machine);
    case 'EXITED':
      return stay({ ...machine, restartAtMs: undefined });
    case 'STOPPED':
    case 'STARTING':
    case 'RUNNING':
    case 'STOPPING':
    case 'FATAL':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function onTick(machine: Machine, settings: MachineSettings, nowMs: number): Transition {
  switch (machine.state) {
    case 'STARTING':
      return machine.sinceMs !== undefined && nowMs - machine.sinceMs > settings.startsecs * 1000
        ? succeed(machine, machine.sinceMs)
        : stay(machine);
    case 'BACKOFF':
      if (nowMs < machine.dueAtMs) return stay(machine);
      return machine.retries ? begin(machine) : toFatal(machine);
    case 'STOPPING':
      if (nowMs < machine.killAtMs) return stay(machine);
      return {
        // A stop without any patience must not become a loop without any pause.
        machine: { ...machine, killAtMs: nowMs + Math.max(1, settings.stopwaitsecs) * 1000 },
        effects: [{ do: 'kill' }],
      };
    case 'EXITED':
      return machine.restartAtMs !== undefined && nowMs >= machine.restartAtMs
        ? begin(machine)
        : stay(machine);
    case 'STOPPED':
    case 'RUNNING':
    case 'FATAL':
    case 'UNKNOWN':
      return stay(machine);
  }
}

function toFatal(machine: Machine): Transition {
  return change(machine, { state: 'FATAL', failures: 0, briefRuns: 0 });
}

function countersOf({ failures, briefRuns }: Machine): Counters {
  return { failures, briefRuns };
}

function stay(machine: Machine): Transition {
  return { machine, effects: [] };
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
