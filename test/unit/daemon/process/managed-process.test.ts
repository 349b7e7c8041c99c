import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../src/base/result.ts';
import type { Program } from '../../../../src/config/program.ts';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import type { ExitStatus } from '../../../../src/daemon/process/exit-status.ts';
import { memoryOfNothing } from '../../../../src/daemon/adopt/saved-state.ts';
import { ManagedProcess } from '../../../../src/daemon/process/managed-process.ts';
import type { ProcessMemory } from '../../../../src/daemon/process/process-memory.ts';
import type { MissingCommand } from '../../../../src/daemon/spawn/find-command.ts';
import type { Pid, SignalOutcome } from '../../../../src/os/proc.ts';
import { VirtualClock } from '../../../fake/clock.ts';
import { sampleProgram } from './sample-program.ts';

interface FakeChild {
  readonly pid: number;
  readonly startedAtMs: number;
  end(status: ExitStatus): void;
}

interface Options {
  readonly missing?: MissingCommand;
  /** An Error is thrown. */
  readonly spawnFails?: string | Error;
  readonly kill?: SignalOutcome;
}

/** A process on a virtual clock, whose children do what the test says. */
function rig(differences: Partial<Program> = {}, options: Options = {}) {
  const clock = new VirtualClock();
  const children: FakeChild[] = [];
  const signals: string[] = [];
  const events: DaemonEvent[] = [];
  const lines: string[] = [];
  const world = { mayStart: true };
  const process = new ManagedProcess(sampleProgram(differences), {
    os: {
      now: () => clock.nowMs,
      wallClock: () => clock.wallMs,
      sleep: (ms, abort) => clock.sleep(ms, abort),
      kill: (id, signal, group) => {
        signals.push(`${clock.nowMs} ${signal} ${id.pid}${group?.group === true ? ' group' : ''}`);
        return Promise.resolve(options.kill ?? 'sent');
      },
    },
    events: {
      emit: (event) => {
        events.push(event);
      },
      subscribe: () => () => undefined,
    },
    logger: {
      log: (level, message) => {
        lines.push(`${level} ${message}`);
      },
    },
    findCommand: () =>
      options.missing === undefined
        ? ok({ file: '/bin/true', argv: ['true'] })
        : err(options.missing),
    spawn: () => {
      if (options.spawnFails instanceof Error) return Promise.reject(options.spawnFails);
      if (options.spawnFails !== undefined) return Promise.resolve(err(options.spawnFails));
      const pid = 100 + children.length;
      let end: (status: ExitStatus) => void = () => undefined;
      const exited = new Promise<ExitStatus>((resolve) => {
        end = resolve;
      });
      children.push({ pid, startedAtMs: clock.nowMs, end });
      return Promise.resolve(ok({ id: { pid: pid as Pid, startTicks: 1 }, exited }));
    },
    stopPatienceS: () => sampleProgram(differences).stopwaitsecs,
    mayStart: () => world.mayStart,
    onChange: () => undefined,
    logs: () => ({ stdout: undefined, stderr: undefined }),
  });
  return { clock, process, children, signals, events, lines, world };
}

const CODE_1: ExitStatus = { kind: 'code', code: 1 };

function valueOf<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

describe('start', () => {
  it('settles when the process is RUNNING, just after startsecs', async () => {
    const { clock, process, lines } = rig();
    const { settled } = valueOf(process.start());
    expect(process.state).toBe('STARTING');
    expect(await clock.run(settled)).toBe('running');
    expect(clock.nowMs).toBe(1001);
    expect(process.snapshot).toMatchObject({
      pid: 100,
      state: 'RUNNING',
      description: 'pid 100, uptime 0:00:01',
    });
    expect(lines).toEqual([
      "info spawned: 'web' with pid 100",
      'info success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)',
    ]);
  });

  it('settles at the first failed try while it goes on trying, and gives up in the end', async () => {
    const { clock, process, children, events, lines } = rig();
    const { settled } = valueOf(process.start());
    for (const at of [0, 1000, 3000, 6000]) {
      await clock.pass(Math.max(0, at - clock.nowMs));
      expect(children.at(-1)?.startedAtMs).toBe(at);
      children.at(-1)?.end(CODE_1);
      await clock.pass(1);
    }
    expect(await settled).toBe('spawn-error');
    expect(process.state).toBe('FATAL');
    expect(process.snapshot).toMatchObject({
      exitStatus: 0,
      description: 'Exited too quickly (process log may have details)',
    });
    expect(lines.at(-1)).toBe(
      'info gave up: web entered FATAL state, too many start retries too quickly',
    );
    expect(events.map(({ type, ...rest }) => [type, 'tries' in rest ? rest.tries : '-'])).toEqual([
      ['PROCESS_STATE_STARTING', 0],
      ['PROCESS_STATE_BACKOFF', 1],
      ['PROCESS_STATE_STARTING', 1],
      ['PROCESS_STATE_BACKOFF', 2],
      ['PROCESS_STATE_STARTING', 2],
      ['PROCESS_STATE_BACKOFF', 3],
      ['PROCESS_STATE_STARTING', 3],
      ['PROCESS_STATE_BACKOFF', 4],
      ['PROCESS_STATE_FATAL', '-'],
    ]);
  });

  it('is refused when there is nothing to execute, whatever the state', () => {
    const missing = { fault: 'NO_FILE', text: "can't find command 'x'" } as const;
    const { process } = rig({}, { missing });
    expect(process.start()).toEqual(err({ name: 'NO_FILE', detail: "can't find command 'x'" }));
    expect(process.state).toBe('STOPPED');
  });

  it('tries a missing command again when nobody waits for the answer', async () => {
    const missing = { fault: 'NO_FILE', text: "can't find command 'x'" } as const;
    const { clock, process, lines } = rig({}, { missing });
    process.launch();
    await clock.pass(0);
    expect(process.snapshot).toMatchObject({
      state: 'BACKOFF',
      description: "can't find command 'x'",
    });
    await clock.pass(7000);
    expect(process.state).toBe('FATAL');
    expect(lines.filter((line) => line.startsWith('info spawnerr'))).toHaveLength(4);
  });

  it('is a failed try when the system makes no process', async () => {
    const { clock, process } = rig({}, { spawnFails: 'unknown error during fork' });
    const { settled } = valueOf(process.start());
    expect(await clock.run(settled)).toBe('spawn-error');
    expect(process.snapshot.spawnError).toBe('unknown error during fork');
  });

  it('is a failed try when spawning fails in a way that nobody foresaw', async () => {
    const { clock, process } = rig({}, { spawnFails: new Error('EMFILE: too many open files') });
    const { settled } = valueOf(process.start());
    expect(await clock.run(settled)).toBe('spawn-error');
    expect(process.snapshot.spawnError).toBe(
      "unknown error during fork for 'web': EMFILE: too many open files",
    );
  });

  it.each(['STARTING', 'RUNNING', 'BACKOFF'] as const)('is refused in %s', async (state) => {
    const { clock, process, children } = rig();
    process.launch();
    await clock.pass(state === 'RUNNING' ? 2000 : 0);
    if (state === 'BACKOFF') children[0]?.end(CODE_1);
    await clock.pass(0);
    expect(process.state).toBe(state);
    expect(process.start()).toEqual(err({ name: 'ALREADY_STARTED', detail: 'web' }));
  });

  it('is abnormal at once in STOPPING, and changes nothing', async () => {
    const { clock, process } = rig();
    process.launch();
    await clock.pass(0);
    process.stop();
    expect(await valueOf(process.start()).settled).toBe('abnormal');
    expect(process.state).toBe('STOPPING');
  });

  it('is abnormal when somebody stops the process meanwhile', async () => {
    const { clock, process, children } = rig();
    const { settled } = valueOf(process.start());
    await clock.pass(10);
    process.stop();
    children[0]?.end({ kind: 'signal', signal: 'SIGTERM' });
    expect(await clock.run(settled)).toBe('abnormal');
    expect(process.snapshot).toMatchObject({ state: 'STOPPED', exitStatus: -1, pid: 0 });
  });
});

describe('a crash', () => {
  it('is answered at the same moment', async () => {
    const { clock, process, children, lines } = rig();
    process.launch();
    await clock.pass(5000);
    children[0]?.end({ kind: 'signal', signal: 'SIGSEGV' });
    await clock.pass(1);
    expect(process.state).toBe('STARTING');
    expect(children[1]?.startedAtMs).toBe(5000);
    expect(lines).toContain('warn exited: web (terminated by SIGSEGV; not expected)');
  });

  it('is not answered while the daemon shuts down', async () => {
    const { clock, process, children, world } = rig({ autorestart: true });
    process.launch();
    await clock.pass(5000);
    world.mayStart = false;
    children[0]?.end(CODE_1);
    await clock.pass(60_000);
    expect(process.state).toBe('EXITED');
    expect(children).toHaveLength(1);
  });

  it('lets itself be stopped before the next start', async () => {
    const { clock, process, children } = rig({ startsecs: 0, autorestart: true });
    process.launch();
    await clock.pass(100);
    children[0]?.end(CODE_1);
    await clock.pass(0);
    expect(process.state).toBe('EXITED');
    await valueOf(process.stop()).settled;
    await clock.pass(10_000);
    expect(process.state).toBe('STOPPED');
    expect(children).toHaveLength(1);
  });
});

describe('stop', () => {
  it('sends the stop signal, and KILL after stopwaitsecs', async () => {
    const { clock, process, children, signals, lines } = rig({
      stopsignal: 'SIGINT',
      stopsignalNumber: 2,
      stopwaitsecs: 4,
      killasgroup: true,
    });
    process.launch();
    await clock.pass(5000);
    const { settled } = valueOf(process.stop());
    await clock.pass(4000);
    expect(signals).toEqual(['5000 SIGINT 100', '9000 SIGKILL 100 group']);
    expect(lines.at(-1)).toBe("warn killing 'web' (100) with SIGKILL");
    children[0]?.end({ kind: 'signal', signal: 'SIGKILL' });
    await clock.run(settled);
    expect(process.state).toBe('STOPPED');
    expect(lines.at(-1)).toBe('warn stopped: web (terminated by SIGKILL)');
  });

  it('reaches the group with stopasgroup', async () => {
    const { clock, process, signals } = rig({ stopasgroup: true });
    process.launch();
    await clock.pass(10);
    process.stop();
    expect(signals).toEqual(['10 SIGTERM 100 group']);
  });

  it('waits for a child that is only being made', async () => {
    const { clock, process, signals } = rig();
    process.launch();
    process.stop();
    expect(signals).toEqual([]);
    await clock.pass(0);
    expect(signals).toEqual(['0 SIGTERM 100']);
  });

  it('ends the tries in BACKOFF at once', async () => {
    const { clock, process, children, signals } = rig();
    process.launch();
    await clock.pass(0);
    children[0]?.end(CODE_1);
    await clock.pass(0);
    await valueOf(process.stop()).settled;
    await clock.pass(10_000);
    expect(process.state).toBe('STOPPED');
    expect(signals).toEqual([]);
    expect(children).toHaveLength(1);
  });

  it.each(['STOPPED', 'STOPPING', 'FATAL'] as const)('is refused in %s', async (state) => {
    const { clock, process, children } = rig({ startretries: 0 });
    if (state !== 'STOPPED') process.launch();
    await clock.pass(0);
    if (state === 'STOPPING') process.stop();
    if (state === 'FATAL') children[0]?.end(CODE_1);
    await clock.pass(1);
    expect(process.state).toBe(state);
    expect(process.stop()).toEqual(err({ name: 'NOT_RUNNING', detail: 'web' }));
  });

  it('comes to UNKNOWN when the kernel refuses the signal', async () => {
    const { clock, process } = rig({}, { kill: 'denied' });
    process.launch();
    await clock.pass(2000);
    const { settled } = valueOf(process.stop());
    await clock.run(settled);
    expect(process.state).toBe('UNKNOWN');
    expect(process.start()).toEqual(
      err({ name: 'FAILED', detail: 'web is in an unknown process state' }),
    );
  });
});

describe('adoption', () => {
  it('goes on where the earlier daemon was', async () => {
    const { clock, process, children, events } = rig({ autorestart: true });
    let end: (status: ExitStatus) => void = () => undefined;
    const exited = new Promise<ExitStatus>((resolve) => {
      end = resolve;
    });
    const id = { pid: 77 as Pid, startTicks: 5 };
    const startedEpochMs = clock.wallMs - 3_600_000;
    process.adopt(
      { id, state: 'RUNNING', startedEpochMs },
      memoryOfNothing('RUNNING', startedEpochMs),
      exited,
    );
    expect(process.snapshot).toMatchObject({
      state: 'RUNNING',
      description: 'pid 77, uptime 1:00:00',
    });
    expect(process.record).toEqual({ id, state: 'RUNNING', startedEpochMs });
    end({ kind: 'unknown' });
    await clock.pass(1);
    expect(children).toHaveLength(1);
    expect(process.state).toBe('STARTING');
    expect(events.map(({ type }) => type)).toEqual([
      'PROCESS_STATE_EXITED',
      'PROCESS_STATE_STARTING',
    ]);
  });

  it('of a process that is being stopped keeps the moment of its KILL, and does not ask it twice', async () => {
    const { clock, process, signals } = rig({ stopwaitsecs: 10 });
    const id = { pid: 77 as Pid, startTicks: 5 };
    const memory = memoryOfNothing('STOPPING', clock.wallMs - 9000);
    process.adopt(
      { id, state: 'STOPPING', startedEpochMs: clock.wallMs - 9000 },
      { ...memory, dueEpochMs: clock.wallMs + 4000 },
      new Promise(() => undefined),
    );
    expect(process.state).toBe('STOPPING');
    await clock.pass(3900);
    expect(signals).toEqual([]);
    await clock.pass(200);
    expect(signals).toEqual([expect.stringMatching(/ SIGKILL 77$/)]);
  });
});

describe('a process that did not run when its daemon died', () => {
  it('goes on with its tries where the earlier daemon was', async () => {
    const first = rig({ startretries: 2, startsecs: 1 });
    first.process.launch();
    await first.clock.pass(1);
    for (const child of [0, 1]) {
      first.children[child]?.end({ kind: 'code', code: 1 });
      await first.clock.pass(child === 0 ? 1001 : 1);
    }
    expect(first.process.memory).toMatchObject({ state: 'BACKOFF', failures: 2, retries: true });

    const { clock, process, children, events } = rig({ startretries: 2, startsecs: 1 });
    await clock.pass(first.clock.nowMs);
    process.recall(first.process.memory);
    expect(process.state).toBe('BACKOFF');
    await clock.pass(1000);
    expect(children).toHaveLength(0);
    await clock.pass(1100);
    expect(children).toHaveLength(1);
    children[0]?.end({ kind: 'code', code: 1 });
    await clock.pass(10);
    expect(process.state).toBe('FATAL');
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'PROCESS_STATE_BACKOFF', tries: 3 }),
    );
  });

  it.for<ProcessMemory['state']>(['STOPPED', 'FATAL', 'EXITED'])(
    'that was %s stays so, with what was known of it',
    async (state) => {
      const { clock, process, children } = rig({ autostart: true });
      process.recall({
        ...memoryOfNothing(state, clock.wallMs - 5000),
        spawnError: 'once upon a time',
        exitStatus: 3,
        stoppedEpochMs: clock.wallMs - 1000,
      });
      await clock.pass(100_000);
      expect(children).toHaveLength(0);
      expect(process.isFresh).toBe(false);
      expect(process.snapshot).toMatchObject({
        state,
        pid: 0,
        spawnError: 'once upon a time',
        exitStatus: 3,
      });
    },
  );
});

describe('the promotion of a second instance', () => {
  /** A process that the rig has not started. */
  function second(pid = 200) {
    let end: (status: ExitStatus) => void = () => undefined;
    const exited = new Promise<ExitStatus>((resolve) => {
      end = resolve;
    });
    return {
      id: { pid: pid as Pid, startTicks: 2 },
      exited,
      end: (status: ExitStatus) => {
        end(status);
      },
    };
  }

  it('of one that is RUNNING is seen by nobody who listens to events, only by its pid and start', async () => {
    const { clock, process, children, events } = rig({ autorestart: true });
    await clock.run(valueOf(process.start()).settled);
    const before = events.length;
    const other = second();
    await clock.pass(5000);
    process.promote(other.id, clock.wallMs, other.exited);
    const startEpochS = Math.floor(clock.wallMs / 1000);
    expect(process.snapshot).toMatchObject({ pid: 200, state: 'RUNNING', startEpochS });
    // The end of the first one is not that of the process; that of the second one is.
    children[0]?.end(CODE_1);
    await clock.pass(0);
    expect(process.snapshot).toMatchObject({ pid: 200, state: 'RUNNING' });
    expect(events).toHaveLength(before);
    other.end(CODE_1);
    await clock.pass(1);
    expect(events.slice(before).map(({ type }) => type)).toContain('PROCESS_STATE_EXITED');
  });

  it('in the middle of a start makes it succeed, and forgets what is being spawned', async () => {
    const { clock, process, children } = rig();
    const { settled } = valueOf(process.start());
    const other = second();
    process.promote(other.id, clock.wallMs, other.exited);
    expect(await clock.run(settled)).toBe('running');
    await clock.pass(0);
    expect(children).toHaveLength(1);
    children[0]?.end(CODE_1);
    await clock.pass(5000);
    expect(process.snapshot).toMatchObject({ pid: 200, state: 'RUNNING' });
  });

  it('while it waits for its next try is the end of the tries', async () => {
    const { clock, process, children, events } = rig();
    valueOf(process.start());
    await clock.pass(0);
    children[0]?.end(CODE_1);
    await clock.pass(0);
    expect(process.state).toBe('BACKOFF');
    const before = events.length;
    const other = second();
    process.promote(other.id, clock.wallMs, other.exited);
    await clock.pass(60_000);
    expect(children).toHaveLength(1);
    expect(process.snapshot).toMatchObject({ pid: 200, state: 'RUNNING' });
    expect(events.slice(before).map(({ type }) => type)).toEqual([
      'PROCESS_STATE_STARTING',
      'PROCESS_STATE_RUNNING',
    ]);
  });

  it('is not for one that is being stopped', async () => {
    const { clock, process } = rig();
    await clock.run(valueOf(process.start()).settled);
    expect(process.canBePromoted).toBe(true);
    valueOf(process.stop());
    expect(process.canBePromoted).toBe(false);
  });

  it('makes a stop reach the second one', async () => {
    const { clock, process, signals } = rig();
    await clock.run(valueOf(process.start()).settled);
    const other = second();
    process.promote(other.id, clock.wallMs, other.exited);
    const { settled } = valueOf(process.stop());
    await clock.pass(0);
    expect(signals).toEqual([`${clock.nowMs} SIGTERM 200`]);
    other.end({ kind: 'signal', signal: 'SIGTERM' });
    await clock.run(settled);
    expect(process.snapshot).toMatchObject({ pid: 0, state: 'STOPPED' });
  });
});
