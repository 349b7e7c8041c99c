import { describe, expect, it } from 'vitest';
import { processesWithEnvironment, readProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { openTestDaemon, valueOf, type TestDaemon } from './support/open-daemon.ts';

/** The moments of one kind of event, in milliseconds after the first of all kinds. */
function momentsOf({ events, eventTimes }: TestDaemon, type: string): readonly number[] {
  const first = eventTimes[0] ?? 0;
  return events.flatMap((event, index) =>
    event.type === type ? [(eventTimes[index] ?? 0) - first] : [],
  );
}

/** How much later than its time something may happen on a machine that has other things to do. */
const LATE_MS = 15_000;

const SLEEP = 'command=/bin/sleep 60\n';
const NO_LOGS = 'stdout_logfile=NONE\nstderr_logfile=NONE\n';

describe.concurrent('start', () => {
  it('is RUNNING strictly after startsecs', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\n${SLEEP}startsecs=1\nautostart=false\n`,
    );
    const began = performance.now();
    const { settled } = valueOf(valueOf(test.daemon.groups.find('p', 'p')).start());
    expect(test.stateOf('p')).toBe('STARTING');
    expect(await settled).toBe('running');
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(1000);
    expect(tookMs).toBeLessThan(1000 + LATE_MS);
    expect(valueOf(test.daemon.groups.find('p', 'p')).start()).toEqual({
      ok: false,
      error: { name: 'ALREADY_STARTED', detail: 'p' },
    });
  });

  it('tries again after 1, 2 and 3 seconds, then is FATAL', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "exit 3"\n${NO_LOGS}`,
    );
    await test.waitForState('p', 'FATAL');
    const starts = momentsOf(test, 'PROCESS_STATE_STARTING');
    expect(starts).toHaveLength(4);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    gaps.forEach((gap, index) => {
      expect(gap).toBeGreaterThan((index + 1) * 1000);
      expect(gap).toBeLessThan((index + 1) * 1000 + LATE_MS);
    });
    expect(test.daemon.groups.member('p', 'p')?.process.snapshot).toMatchObject({
      description: 'Exited too quickly (process log may have details)',
      exitStatus: 0,
      pid: 0,
    });
  });

  it('is tried once with startretries=0, and says so to who waits', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/false\nstartretries=0\nautostart=false\n${NO_LOGS}`,
    );
    expect(await valueOf(valueOf(test.daemon.groups.find('p', 'p')).start()).settled).toBe(
      'spawn-error',
    );
    await test.waitForState('p', 'FATAL');
    expect(momentsOf(test, 'PROCESS_STATE_STARTING')).toHaveLength(1);
  });

  it.for([
    ['/nonexistent/x', 'NO_FILE', "can't find command '/nonexistent/x'"],
    ['nonexistent-command', 'NO_FILE', "can't find command 'nonexistent-command'"],
    ['/etc/passwd', 'NOT_EXECUTABLE', "command at '/etc/passwd' is not executable"],
    ['/tmp', 'NOT_EXECUTABLE', "command at '/tmp' is a directory"],
    ['', 'NOT_EXECUTABLE', 'command is empty'],
  ])('of %j is refused: %s', async ([command, name, detail], context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=${command}\nautostart=false\n`,
    );
    expect(valueOf(test.daemon.groups.find('p', 'p')).start()).toEqual({
      ok: false,
      error: { name, detail },
    });
    expect(test.stateOf('p')).toBe('STOPPED');
  });

  it('of a missing command at the beginning ends in FATAL with the reason', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/nonexistent/x\nstartretries=0\n`,
    );
    await test.waitForState('p', 'FATAL');
    expect(test.daemon.groups.member('p', 'p')?.process.snapshot.description).toBe(
      "can't find command '/nonexistent/x'",
    );
  });
});

describe.concurrent('an exit', () => {
  it.for([
    { autorestart: 'true', how: 'exit 0', restarts: true, status: 0 },
    { autorestart: 'true', how: 'exit 1', restarts: true, status: 1 },
    { autorestart: 'true', how: 'kill -9 $$', restarts: true, status: -1 },
    { autorestart: 'false', how: 'exit 0', restarts: false, status: 0 },
    { autorestart: 'false', how: 'exit 1', restarts: false, status: 1 },
    { autorestart: 'false', how: 'kill -9 $$', restarts: false, status: -1 },
    { autorestart: 'unexpected', how: 'exit 0', restarts: false, status: 0 },
    { autorestart: 'unexpected', how: 'exit 1', restarts: true, status: 1 },
    { autorestart: 'unexpected', how: 'kill -9 $$', restarts: true, status: -1 },
    { autorestart: 'unexpected', how: 'exit 2', exitcodes: '0,2', restarts: false, status: 2 },
  ])('autorestart=$autorestart, $how: $restarts', async ({ restarts, ...given }, context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "sleep 1.2; ${given.how}"\nstartsecs=1\n` +
        `stopasgroup=true\nautorestart=${given.autorestart}\nexitcodes=${given.exitcodes ?? '0'}\n${NO_LOGS}`,
    );
    await waitFor('an exit', () => {
      const moments = momentsOf(test, 'PROCESS_STATE_EXITED');
      return moments.length > 0 ? moments : undefined;
    });
    if (!restarts) {
      expect(test.stateOf('p')).toBe('EXITED');
      expect(test.daemon.groups.member('p', 'p')?.process.snapshot.exitStatus).toBe(given.status);
      return;
    }
    const starts = await waitFor('restarts', () => {
      const moments = momentsOf(test, 'PROCESS_STATE_STARTING');
      return moments.length > 3 ? moments : undefined;
    });
    // Difference: A program that ends is started again at once. The machine may be slow at times, but not each time.
    const gaps = momentsOf(test, 'PROCESS_STATE_EXITED').map(
      (at, index) => (starts[index + 1] ?? Infinity) - at,
    );
    expect(Math.min(...gaps)).toBeLessThan(300);
  });

  it.for(['exit 0', 'exit 1'])(
    // Difference: A loop of quick ends has a limit.
    'with startsecs=0 repeats "%s" once a second',
    async (how, context) => {
      const test = await openTestDaemon(
        context,
        `[program:p]\ncommand=/bin/sh -c "${how}"\nstartsecs=0\nautorestart=true\n${NO_LOGS}`,
      );
      const starts = await waitFor('three starts', () => {
        const moments = momentsOf(test, 'PROCESS_STATE_STARTING');
        return moments.length > 2 ? moments : undefined;
      });
      const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
      for (const gap of gaps) {
        expect(gap).toBeGreaterThan(950);
        expect(gap).toBeLessThan(1000 + LATE_MS);
      }
      expect(momentsOf(test, 'PROCESS_STATE_BACKOFF')).toEqual([]);
    },
  );
});

describe.concurrent('stop', () => {
  it('sends KILL after stopwaitsecs to a program that does not listen', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "trap '' TERM; echo ready; while :; do sleep 0.1; done"\n` +
        `stopwaitsecs=1\nkillasgroup=true\nstdout_logfile=%DIR%/p.log\n`,
    );
    await test.waitForState('p', 'RUNNING');
    const began = performance.now();
    const { settled } = valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop());
    expect(test.stateOf('p')).toBe('STOPPING');
    expect(valueOf(test.daemon.groups.find('p', 'p')).stop()).toMatchObject({
      error: { name: 'NOT_RUNNING' },
    });
    expect(await valueOf(valueOf(test.daemon.groups.find('p', 'p')).start()).settled).toBe(
      'abnormal',
    );
    await settled;
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(test.stateOf('p')).toBe('STOPPED');
    expect(test.daemon.groups.member('p', 'p')?.process.snapshot.exitStatus).toBe(-1);
  });

  it.for([
    { keys: '', survives: true },
    { keys: 'stopasgroup=true\n', survives: false },
  ])('with "$keys" the grandchild survives: $survives', async ({ keys, survives }, context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "sleep 77 & echo $! > %DIR%/grandchild; wait"\n${keys}${NO_LOGS}`,
    );
    await test.waitForState('p', 'RUNNING');
    const grandchild = Number(test.read('grandchild'));
    await valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop()).settled;
    if (survives) {
      expect(readProcess(grandchild)?.argv).toEqual(['sleep', '77']);
      process.kill(grandchild, 'SIGKILL');
    }
    await waitFor('the grandchild to be gone', () =>
      readProcess(grandchild) === undefined ? true : undefined,
    );
  });

  it('kills grandchildren with killasgroup', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "trap '' TERM; (trap '' TERM; sleep 78) & echo $! > %DIR%/grandchild; wait; wait"\n` +
        `killasgroup=true\nstopwaitsecs=0\n${NO_LOGS}`,
    );
    await test.waitForState('p', 'RUNNING');
    const grandchild = Number(test.read('grandchild'));
    await valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop()).settled;
    await waitFor('the grandchild to be gone', () =>
      readProcess(grandchild) === undefined ? true : undefined,
    );
  });

  it('in STARTING and in BACKOFF ends in STOPPED', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:slow]\n${SLEEP}startsecs=30\n[program:broken]\ncommand=/bin/false\nstartretries=9\n${NO_LOGS}`,
    );
    await waitFor('slow to have a process', () => test.pidOf('slow') > 0 || undefined);
    await test.waitForState('broken', 'BACKOFF');
    expect(valueOf(test.daemon.groups.find('broken', 'broken')).start()).toMatchObject({
      error: { name: 'ALREADY_STARTED' },
    });
    await valueOf(valueOf(test.daemon.groups.find('slow', 'slow')).stop()).settled;
    await valueOf(valueOf(test.daemon.groups.find('broken', 'broken')).stop()).settled;
    expect([test.stateOf('slow'), test.stateOf('broken')]).toEqual(['STOPPED', 'STOPPED']);
  });

  it('is refused in FATAL and where nothing was started', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:fatal]\ncommand=/bin/false\nstartretries=0\n${NO_LOGS}[program:idle]\n${SLEEP}autostart=false\n`,
    );
    await test.waitForState('fatal', 'FATAL');
    for (const name of ['fatal', 'idle']) {
      expect(valueOf(test.daemon.groups.find(name, name)).stop()).toEqual({
        ok: false,
        error: { name: 'NOT_RUNNING', detail: name },
      });
    }
  });

  it.for([2, 34])('sends stop signal number %i', async (number, context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/usr/bin/env python3 -c "import signal,sys,time; signal.signal(${number}, lambda *a: sys.exit(7)); print('ready', flush=True); time.sleep(60)"\n` +
        `stopsignal=${number}\nstdout_logfile=%DIR%/p.log\n`,
    );
    await waitFor('the program to listen', () => test.read('p.log').includes('ready') || undefined);
    await valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop()).settled;
    expect(test.daemon.groups.member('p', 'p')?.process.snapshot.exitStatus).toBe(7);
  });
});

describe.concurrent('signal', () => {
  it('reaches the process alone, and only where there is one', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done"\n` +
        `stdout_logfile=%DIR%/p.log\n[program:idle]\n${SLEEP}autostart=false\n`,
    );
    await waitFor('the program to listen', () => test.read('p.log').includes('ready') || undefined);
    expect(valueOf(test.daemon.groups.find('p', 'p')).process.signal(10)).toEqual({
      ok: true,
      value: true,
    });
    await waitFor('the signal', () => test.read('p.log').includes('usr1') || undefined);
    expect(valueOf(test.daemon.groups.find('p', 'p')).process.signal(0)).toEqual({
      ok: true,
      value: true,
    });
    expect(valueOf(test.daemon.groups.find('idle', 'idle')).process.signal(10)).toMatchObject({
      error: { name: 'NOT_RUNNING' },
    });
    expect(test.daemon.groups.find('nope', 'nope')).toMatchObject({
      error: { name: 'BAD_NAME' },
    });
    await valueOf(valueOf(test.daemon.groups.find('p', 'p')).stop()).settled;
    await waitFor(
      'its sleep to end',
      () =>
        processesWithEnvironment('RELOADCTL_TEST_DAEMON', test.directory).length === 0 || undefined,
    );
  });
});
