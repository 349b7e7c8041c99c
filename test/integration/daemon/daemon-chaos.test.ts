import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  isAlive,
  openFilesOf,
  processesWithEnvironment,
  signalProcess,
} from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite } from './support/daemon-site.ts';
import { openTestDaemon } from './support/open-daemon.ts';

/** The same numbers each time (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NO_LOGS = 'stdout_logfile=NONE\nstderr_logfile=NONE\n';
const QUICK = 'startsecs=0\nstopwaitsecs=1\nstopasgroup=true\n';
const PROGRAMS: Readonly<Record<string, string>> = {
  sleeper: `command=/bin/sleep 71\n`,
  reader: `command=/bin/cat\n`,
  talker: `command=/bin/sh -c "while :; do echo line; sleep 0.01; done"\nstdout_logfile=%DIR%/talker.log\n`,
  deaf: `command=/bin/sh -c "trap '' TERM; while :; do sleep 0.05; done"\n`,
  failing: `command=/bin/sh -c "exit 1"\nautorestart=false\n`,
  brief: `command=/bin/sleep 0.05\nautorestart=true\n`,
  missing: `command=/nonexistent/x\n`,
};
const NAMES = Object.keys(PROGRAMS);
const IDLE: readonly string[] = ['STOPPED', 'EXITED', 'FATAL'];

describe('a thousand requests, crashes and signals at once', () => {
  it('leave states that agree with the processes, no zombie, no orphan and no open file', async (context) => {
    const sections = NAMES.map(
      (name) => `[program:${name}]\n${NO_LOGS}${PROGRAMS[name] ?? ''}${QUICK}`,
    );
    const test = await openTestDaemon(context, sections.join(''));
    const { daemon } = test;
    const random = createRandom(20_240_501);
    const act = async (): Promise<void> => {
      const name = NAMES[random(NAMES.length)] ?? '';
      const { pid } = daemon.process(name, name) ?? { pid: 0 };
      switch (random(7)) {
        case 0:
        case 1: {
          const started = daemon.start(name, name);
          if (started.ok && random(2) === 0) await started.value.settled;
          return;
        }
        case 2: {
          const stopped = daemon.stop(name, name);
          if (stopped.ok && random(2) === 0) await stopped.value.settled;
          return;
        }
        case 3:
          if (pid > 0) kill(-pid);
          return;
        case 4:
          daemon.signal(name, name, [1, 15, 18, 9][random(4)] ?? 0);
          return;
        case 5:
          daemon.writeStdin(name, name, 'x'.repeat(random(100_000)));
          return;
        default:
          if (daemon.removeGroup(name).ok) daemon.addGroup(name);
          return;
      }
    };
    const client = async (): Promise<void> => {
      for (let step = 0; step < 200; step += 1) {
        await act();
        await sleep(random(8));
      }
    };
    await Promise.all(Array.from({ length: 5 }, client));

    for (const name of NAMES) daemon.stop(name, name);
    await waitFor(
      'everything to be stopped',
      () => daemon.processes().every(({ state }) => IDLE.includes(state)) || undefined,
      { observe: () => daemon.processes(), ceilingMs: 15_000 },
    );
    expect(processesWithEnvironment('RELOADCTL_TEST_DAEMON', test.directory)).toEqual([]);
    expect(zombiesOf(process.pid)).toEqual([]);

    for (const name of ['sleeper', 'reader', 'talker', 'deaf']) daemon.start(name, name);
    for (const name of ['sleeper', 'reader', 'talker', 'deaf']) {
      await test.waitForState(name, 'RUNNING');
    }
    const ours = processesWithEnvironment('RELOADCTL_TEST_DAEMON', test.directory);
    const leaders = ours.filter(({ pid, sid }) => pid === sid).map(({ pid }) => pid);
    const told = daemon.processes().flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
    expect([...told].sort()).toEqual([...leaders].sort());
    // Both ends of stdout and stderr of each program, one end of the stdin of those that run, one log.
    const files = openFilesOf(process.pid).filter((file) => file.startsWith(test.directory));
    expect(files.filter((file) => file.endsWith('.stdin'))).toHaveLength(4);
    expect(files.length).toBeLessThanOrEqual(NAMES.length * 4 + 4 + 2);
  });
});

describe('a daemon that is killed again and again', () => {
  it('never has a rival of a program that runs', async (context) => {
    const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const site = await makeDaemonSite(
      context,
      names.map((name) => `[program:${name}]\ncommand=/bin/sleep 72\n${NO_LOGS}`).join(''),
    );
    const random = createRandom(7);
    for (let round = 0; round < 6; round += 1) {
      const started = site.daemon();
      // Some rounds kill in the middle of the start.
      const daemon = await waitFor(
        'a daemon',
        () => {
          const found = site.running();
          return isAlive(found) ? found : undefined;
        },
        { everyMs: 2 },
      );
      await sleep(random(150));
      signalProcess(daemon, 'SIGKILL');
      await site.waitForEnd(daemon);
      await started;
    }
    expect(await site.daemon()).toMatchObject({ code: 0 });
    await waitFor(
      'every program to run once',
      () => site.programs().length === names.length || undefined,
      { observe: () => site.programs().map(({ pid }) => pid) },
    );
    const daemon = site.running();
    site.signal('SIGTERM');
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
  });
});

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function zombiesOf(parent: number): readonly number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
      } catch {
        return false; // Ended and waited for while we looked.
      }
    });
}
