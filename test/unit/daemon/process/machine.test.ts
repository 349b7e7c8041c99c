import { describe, expect, it } from 'vitest';
import {
  FRESH_MACHINE,
  transition,
  wakeAt,
  type Machine,
  type MachineEvent,
  type MachineSettings,
} from '../../../../src/daemon/process/machine.ts';
import { sampleProgram } from './sample-program.ts';

const SETTINGS: MachineSettings = {
  startsecs: 1,
  startretries: 3,
  autorestart: 'unexpected',
  exitcodes: [0],
  stopPatienceS: 10,
  mayRestart: true,
};

const NOW = 100_000;
const counters = { failures: 0, briefRuns: 0 };

/** One machine of each state, the ones whose data makes a difference twice. */
const MACHINES = {
  stopped: FRESH_MACHINE,
  'being made': { ...counters, state: 'STARTING', sinceMs: undefined },
  'starting early': { ...counters, state: 'STARTING', sinceMs: NOW - 300 },
  'starting late': { ...counters, state: 'STARTING', sinceMs: NOW - 1001 },
  running: { ...counters, state: 'RUNNING', sinceMs: NOW - 5000 },
  'backoff waiting': {
    ...counters,
    failures: 1,
    state: 'BACKOFF',
    dueAtMs: NOW + 500,
    retries: true,
  },
  'backoff due': { ...counters, failures: 1, state: 'BACKOFF', dueAtMs: NOW, retries: true },
  'backoff spent': { ...counters, failures: 4, state: 'BACKOFF', dueAtMs: NOW, retries: false },
  'stopping patiently': { ...counters, state: 'STOPPING', killAtMs: NOW + 500 },
  'stopping late': { ...counters, state: 'STOPPING', killAtMs: NOW },
  exited: { ...counters, state: 'EXITED', restartAtMs: undefined },
  'exited, to restart': { ...counters, state: 'EXITED', restartAtMs: NOW },
  fatal: { ...counters, state: 'FATAL' },
  unknown: { ...counters, state: 'UNKNOWN' },
} as const satisfies Record<string, Machine>;

const EVENTS = {
  start: { type: 'start' },
  spawned: { type: 'spawned' },
  'spawn-failed': { type: 'spawn-failed' },
  'ended 0': { type: 'ended', status: { kind: 'code', code: 0 } },
  'ended 1': { type: 'ended', status: { kind: 'code', code: 1 } },
  killed: { type: 'ended', status: { kind: 'signal', signal: 'SIGKILL' } },
  stop: { type: 'stop' },
  'give-up': { type: 'give-up' },
  tick: { type: 'tick' },
  'signal-denied': { type: 'signal-denied' },
  promoted: { type: 'promoted' },
} as const satisfies Record<string, MachineEvent>;

/** The states passed through, then what is done; '-' is nothing at all. Columns in the order of EVENTS. */
const TABLE: Record<keyof typeof MACHINES, readonly string[]> = {
  stopped: ['STARTING spawn', '-', '-', '-', '-', '-', '-', '-', '-', '-', 'STARTING RUNNING'],
  'being made': [
    '-',
    '-',
    'BACKOFF',
    'BACKOFF note:too-quickly',
    'BACKOFF note:too-quickly',
    'BACKOFF note:too-quickly',
    'STOPPING stop-signal',
    '-',
    '-',
    'UNKNOWN',
    'RUNNING',
  ],
  'starting early': [
    '-',
    '-',
    'BACKOFF',
    'BACKOFF note:too-quickly',
    'BACKOFF note:too-quickly',
    'BACKOFF note:too-quickly',
    'STOPPING stop-signal',
    '-',
    '-',
    'UNKNOWN',
    'RUNNING',
  ],
  'starting late': [
    '-',
    '-',
    'BACKOFF',
    'RUNNING EXITED note:expected',
    'RUNNING EXITED note:exited',
    'RUNNING EXITED note:exited',
    'STOPPING stop-signal',
    '-',
    'RUNNING',
    'UNKNOWN',
    'RUNNING',
  ],
  running: [
    '-',
    '-',
    '-',
    'EXITED note:expected',
    'EXITED note:exited',
    'EXITED note:exited',
    'STOPPING stop-signal',
    '-',
    '-',
    'UNKNOWN',
    '-',
  ],
  'backoff waiting': [
    'STARTING spawn',
    '-',
    '-',
    '-',
    '-',
    '-',
    'STOPPED',
    'FATAL',
    '-',
    '-',
    'STARTING RUNNING',
  ],
  'backoff due': [
    'STARTING spawn',
    '-',
    '-',
    '-',
    '-',
    '-',
    'STOPPED',
    'FATAL',
    'STARTING spawn',
    '-',
    'STARTING RUNNING',
  ],
  'backoff spent': [
    'STARTING spawn',
    '-',
    '-',
    '-',
    '-',
    '-',
    'STOPPED',
    'FATAL',
    'FATAL',
    '-',
    'STARTING RUNNING',
  ],
  'stopping patiently': [
    '-',
    '-',
    'STOPPED',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    '-',
    '-',
    '-',
    'UNKNOWN',
    '-',
  ],
  'stopping late': [
    '-',
    '-',
    'STOPPED',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    '-',
    '-',
    'kill',
    'UNKNOWN',
    '-',
  ],
  exited: ['STARTING spawn', '-', '-', '-', '-', '-', '-', '-', '-', '-', 'STARTING RUNNING'],
  'exited, to restart': [
    'STARTING spawn',
    '-',
    '-',
    '-',
    '-',
    '-',
    'STOPPED',
    '-',
    'STARTING spawn',
    '-',
    'STARTING RUNNING',
  ],
  fatal: ['STARTING spawn', '-', '-', '-', '-', '-', '-', '-', '-', '-', 'STARTING RUNNING'],
  unknown: [
    '-',
    '-',
    '-',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    'STOPPED note:stopped',
    '-',
    '-',
    '-',
    '-',
    '-',
  ],
};

const CASES = Object.entries(TABLE).flatMap(([machine, row]) =>
  Object.keys(EVENTS).map((event, index) => ({ machine, event, outcome: row[index] ?? 'missing' })),
);

describe('every state × every event', () => {
  it.each(CASES)('$machine, $event: $outcome', ({ machine, event, outcome }) => {
    const before = MACHINES[machine as keyof typeof MACHINES];
    const { effects, machine: after } = transition(
      before,
      EVENTS[event as keyof typeof EVENTS],
      SETTINGS,
      NOW,
    );
    const states = effects.flatMap((each) => (each.do === 'announce' ? [each.to.state] : []));
    const deeds = effects.flatMap((each) => {
      if (each.do === 'announce') return [];
      if (each.do !== 'note-exit') return [each.do];
      return [`note:${each.phase === 'exited' && each.expected ? 'expected' : each.phase}`];
    });
    expect([...states, ...deeds].join(' ') || '-').toBe(outcome);
    expect(after.state).toBe(states.at(-1) ?? before.state);
  });
});

/** Starts, and lets every try end at once with `code`; gives the moments of the starts until nothing is due any more. */
function startMoments(
  settings: MachineSettings,
  code: number,
  runMs: number,
  most: number,
): { readonly starts: readonly number[]; readonly last: Machine } {
  let now = 0;
  const starts: number[] = [];
  let machine: Machine = transition(FRESH_MACHINE, { type: 'start' }, settings, now).machine;
  starts.push(now);
  while (starts.length < most) {
    machine = transition(machine, { type: 'spawned' }, settings, now).machine;
    now += runMs;
    machine = transition(
      machine,
      { type: 'ended', status: { kind: 'code', code } },
      settings,
      now,
    ).machine;
    const due = wakeAt(machine, settings);
    if (due === undefined) break;
    now = Math.max(now, due);
    machine = transition(machine, { type: 'tick' }, settings, now).machine;
    if (machine.state !== 'STARTING') break;
    starts.push(now);
  }
  return { starts, last: machine };
}

describe('tries', () => {
  it('waits 1, 2 and 3 seconds between the tries, then is FATAL', () => {
    const { starts, last } = startMoments(SETTINGS, 1, 0, 99);
    expect(starts).toEqual([0, 1000, 3000, 6000]);
    expect(last.state).toBe('FATAL');
  });

  it('tries once with startretries=0', () => {
    const { starts, last } = startMoments({ ...SETTINGS, startretries: 0 }, 1, 0, 99);
    expect(starts).toEqual([0]);
    expect(last.state).toBe('FATAL');
  });

  it('counts an exit with an expected code before startsecs as a failed start', () => {
    expect(startMoments(SETTINGS, 0, 10, 99).last.state).toBe('FATAL');
  });

  it('goes on counting after a stop in BACKOFF', () => {
    const stopped = transition(
      MACHINES['backoff waiting'],
      { type: 'stop' },
      SETTINGS,
      NOW,
    ).machine;
    const started = transition(stopped, { type: 'start' }, SETTINGS, NOW).machine;
    expect(transition(started, { type: 'spawn-failed' }, SETTINGS, NOW).machine).toMatchObject({
      state: 'BACKOFF',
      failures: 2,
      dueAtMs: NOW + 2000,
    });
  });

  it('forgets failed starts when it is RUNNING', () => {
    const starting: Machine = { state: 'STARTING', failures: 2, briefRuns: 0, sinceMs: 0 };
    expect(transition(starting, { type: 'tick' }, SETTINGS, 1001).machine).toMatchObject({
      state: 'RUNNING',
      failures: 0,
    });
  });
});

describe('RUNNING', () => {
  it('counts startsecs from the moment at which there is a process', () => {
    const started = transition(FRESH_MACHINE, { type: 'start' }, SETTINGS, 0).machine;
    expect(wakeAt(started, SETTINGS)).toBeUndefined();
    expect(transition(started, { type: 'tick' }, SETTINGS, 5000).machine.state).toBe('STARTING');
    const spawned = transition(started, { type: 'spawned' }, SETTINGS, 400).machine;
    expect(wakeAt(spawned, SETTINGS)).toBe(1401);
  });

  const starting: Machine = { state: 'STARTING', failures: 0, briefRuns: 0, sinceMs: 0 };

  it.each([
    [999, 'STARTING'],
    [1000, 'STARTING'],
    [1001, 'RUNNING'],
  ])('%i ms after the start a program with startsecs=1 is %s', (now, state) => {
    expect(transition(starting, { type: 'tick' }, SETTINGS, now).machine.state).toBe(state);
  });

  it('wakes up when it can be RUNNING', () => {
    const due = wakeAt(starting, SETTINGS) ?? 0;
    expect(transition(starting, { type: 'tick' }, SETTINGS, due).machine.state).toBe('RUNNING');
  });
});

describe('restart after an exit', () => {
  const running: Machine = { state: 'RUNNING', failures: 0, briefRuns: 0, sinceMs: 0 };
  const unexpected = 'unexpected' as const;

  it.each([
    { autorestart: true, exitcodes: [0], code: 0, restarts: true },
    { autorestart: true, exitcodes: [0], code: 1, restarts: true },
    { autorestart: false, exitcodes: [0], code: 0, restarts: false },
    { autorestart: false, exitcodes: [0], code: 1, restarts: false },
    { autorestart: unexpected, exitcodes: [0], code: 0, restarts: false },
    { autorestart: unexpected, exitcodes: [0], code: 1, restarts: true },
    { autorestart: unexpected, exitcodes: [0, 2], code: 2, restarts: false },
    { autorestart: unexpected, exitcodes: [], code: 0, restarts: true },
    { autorestart: unexpected, exitcodes: [0], code: undefined, restarts: true },
    { autorestart: true, exitcodes: [0], code: undefined, restarts: true },
    { autorestart: false, exitcodes: [0], code: undefined, restarts: false },
  ])(
    'autorestart=$autorestart exitcodes=$exitcodes, exit $code: $restarts',
    ({ code, restarts, ...settings }) => {
      const status =
        code === undefined
          ? { kind: 'signal' as const, signal: 'SIGSEGV' as const }
          : { kind: 'code' as const, code };
      const { machine } = transition(
        running,
        { type: 'ended', status },
        { ...SETTINGS, ...settings },
        5000,
      );
      // At once: the tick is due at the moment of the exit.
      expect(machine).toMatchObject({
        state: 'EXITED',
        restartAtMs: restarts ? 5000 : undefined,
      });
    },
  );

  it('starts a program that ends at once at most once a second, and less and less often when it crashes', () => {
    const settings = { ...SETTINGS, startsecs: 0, autorestart: true };
    const { starts } = startMoments(settings, 1, 5, 60);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(Math.min(...gaps)).toBe(1000);
    expect(gaps.slice(0, 10)).toEqual(Array(10).fill(1000));
    expect(gaps.slice(10, 13)).toEqual([1005, 2005, 3005]);
    expect(Math.max(...gaps)).toBe(30_005);
  });

  it('repeats a quick program that succeeds once a second for ever', () => {
    const settings = { ...SETTINGS, startsecs: 0, autorestart: true };
    const { starts } = startMoments(settings, 0, 5, 60);
    expect(starts.at(-1)).toBe(59_000);
  });
});

describe('stop', () => {
  it('takes its patience from where it is given, and leaves what the configuration says alone', () => {
    const running: Machine = { state: 'RUNNING', failures: 0, briefRuns: 0, sinceMs: 0 };
    const settings = {
      ...sampleProgram({ stopwaitsecs: 10 }),
      stopPatienceS: 32,
      mayRestart: true,
    };
    const { machine } = transition(running, { type: 'stop' }, settings, 0);
    expect(machine).toMatchObject({ state: 'STOPPING', killAtMs: 32_000 });
  });

  it('is not followed by a restart where none is allowed, whatever autorestart says', () => {
    const running: Machine = { state: 'RUNNING', failures: 0, briefRuns: 0, sinceMs: 0 };
    const settings = { ...SETTINGS, autorestart: true, mayRestart: false };
    const ended = { type: 'ended', status: { kind: 'code', code: 1 } } as const;
    expect(transition(running, ended, settings, 5000).machine).toMatchObject({
      state: 'EXITED',
      restartAtMs: undefined,
    });
  });

  it('kills when its patience is over, and again for as long as nothing happens', () => {
    const running: Machine = { state: 'RUNNING', failures: 0, briefRuns: 0, sinceMs: 0 };
    let { machine } = transition(running, { type: 'stop' }, SETTINGS, 5000);
    expect(wakeAt(machine, SETTINGS)).toBe(15_000);
    for (const at of [15_000, 25_000]) {
      const killed = transition(machine, { type: 'tick' }, SETTINGS, at);
      expect(killed.effects).toEqual([{ do: 'kill' }]);
      machine = killed.machine;
      expect(wakeAt(machine, SETTINGS)).toBe(at + 10_000);
    }
  });

  it('does not kill without a pause when there is no patience', () => {
    const stopping: Machine = { state: 'STOPPING', failures: 0, briefRuns: 0, killAtMs: 0 };
    const settings = { ...SETTINGS, stopPatienceS: 0 };
    const { machine } = transition(stopping, { type: 'tick' }, settings, 0);
    expect(wakeAt(machine, settings)).toBe(1000);
  });
});

describe('the promotion of a second instance', () => {
  it.each(Object.entries(MACHINES))('forgets the failures of the first: %s', (_, machine) => {
    const before: Machine = { ...machine, failures: 3, briefRuns: 4 };
    const { machine: after } = transition(before, { type: 'promoted' }, SETTINGS, NOW);
    if (after.state !== 'RUNNING') expect(after).toEqual(before);
    else expect(after).toMatchObject({ failures: 0, briefRuns: 0, sinceMs: NOW });
  });
});
