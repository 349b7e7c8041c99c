import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, readProcess } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { ConformanceSite } from './support/conformance-site.ts';

const python = await pythonForTests('newest');
const user = ordinaryUser();

/**
 * Later than its time something happens on a machine that has other things to do; this much would be wrong there, too. How early it may
 * happen is exact: what is measured begins no earlier, and ends no later, than what it stands for.
 */
const LATE_MS = 15_000;

/** A program that nobody starts but the test, in which nothing needs a log. */
function program(name: string, command: string, keys = ''): string {
  const logs = /^(stdout|stderr)_logfile=/m.test(keys)
    ? ''
    : 'stdout_logfile=NONE\nstderr_logfile=NONE\n';
  return `[program:${name}]\ncommand=${command}\nautostart=false\n${logs}${keys}\n`;
}

const SLEEP = '/bin/sleep 600';
const FALSE = '/bin/false';
const sh = (script: string): string => `/bin/sh -c "${script}"`;
/** Writes the time down, in nanoseconds: one line for each time that the program is run. */
const note = (name: string): string => `date +%%s%%N >> %(here)s/${name}.times`;
/** Says ready and ends only when it is KILLed. */
const STUBBORN = sh("trap '' TERM; echo ready; while :; do sleep 0.1; done");
const stubborn = (name: string, keys: string): string =>
  program(name, STUBBORN, `startsecs=0\nstdout_logfile=%(here)s/${name}.log\n${keys}`);

/** A program that ends after it was RUNNING, and what has to come of it. */
interface Ending {
  readonly name: string;
  readonly autorestart: string;
  readonly exitcodes?: string;
  readonly how: string;
  readonly restarts: boolean;
  readonly expected: boolean;
  readonly status: number;
}

const ENDINGS: readonly Ending[] = ['true', 'false', 'unexpected'].flatMap((autorestart) =>
  (
    [
      ['0', 'exit 0', true, 0],
      ['1', 'exit 1', false, 1],
      ['signal', 'kill -9 $$', false, -1],
    ] as const
  ).map(([end, how, expected, status]) => ({
    name: `c31-${autorestart}-${end}`,
    autorestart,
    how,
    expected,
    status,
    restarts: autorestart === 'true' || (autorestart === 'unexpected' && !expected),
  })),
);

const EXITCODES: readonly Ending[] = (
  [
    ['first', '0, 2', 'exit 0', true, 0],
    ['last', '0, 2', 'exit 2', true, 2],
    ['other', '0, 2', 'exit 1', false, 1],
    ['not-zero', '2', 'exit 0', false, 0],
    ['none', '', 'exit 0', false, 0],
    ['signal', '9', 'kill -9 $$', false, -1],
  ] as const
).map(([end, exitcodes, how, expected, status]) => ({
  name: `c32-${end}`,
  autorestart: 'unexpected',
  exitcodes,
  how,
  expected,
  status,
  restarts: !expected,
}));

const PROGRAMS = [
  program('c27', SLEEP, 'startsecs=1'),
  program('c28', sh(`${note('c28')}; exit 3`), 'startsecs=30'),
  program('c29', FALSE, 'startsecs=30\nstartretries=0'),
  program('c30-0', sh(`${note('c30-0')}; sleep 0.2; exit 0`), 'startsecs=0\nautorestart=true'),
  program('c30-1', sh(`${note('c30-1')}; sleep 0.2; exit 1`), 'startsecs=0\nautorestart=true'),
  ...[...ENDINGS, ...EXITCODES].map(({ name, autorestart, exitcodes, how }) =>
    program(
      name,
      sh(`sleep 1.3; ${how}`),
      `startsecs=1\nautorestart=${autorestart}\nexitcodes=${exitcodes ?? '0'}`,
    ),
  ),
  stubborn('c33', 'stopwaitsecs=1'),
  ...['default', 'stopasgroup', 'killasgroup'].map((name) =>
    program(
      `c34-${name}`,
      sh(
        name === 'killasgroup'
          ? `trap '' TERM; sleep 601 & echo $! > %(here)s/c34-${name}; wait; wait`
          : `sleep 601 & echo $! > %(here)s/c34-${name}; wait`,
      ),
      `startsecs=0\nstopwaitsecs=1\n${name === 'default' ? '' : `${name}=true`}`,
    ),
  ),
  program('c35-starting', SLEEP, 'startsecs=600'),
  // No process at any time, so that it is never STARTING when somebody looks.
  '[program:c35-backoff]\ncommand=/nonexistent/command\nstartretries=100000\n',
  program('c35-fatal', FALSE, 'startsecs=30\nstartretries=0'),
  stubborn('c35-stopping', 'stopwaitsecs=600'),
  program('c36-backoff', FALSE, 'startsecs=30\nstartretries=100'),
  stubborn('c36-stopping', 'stopwaitsecs=600'),
  program('c37', SLEEP, 'startsecs=600'),
  stubborn('c37-stubborn', 'stopwaitsecs=600'),
  program('c38', SLEEP, 'directory=/nonexistent/dir\nstderr_logfile=%(here)s/c38.err'),
  program(
    'c39',
    sh('env; exec sleep 600'),
    'startsecs=0\nstdout_logfile=%(here)s/c39.log\n' +
      'environment=OWN="a b",SHARED="program",SUPERVISOR_PROCESS_NAME="mine",NAME="%(program_name)s"',
  ),
  program(
    'c40-umask',
    sh('umask; echo x > %(here)s/c40-file; pwd; exec sleep 600'),
    'startsecs=0\numask=027\ndirectory=/usr\nstdout_logfile=%(here)s/c40-umask.log',
  ),
  program(
    'c40-path',
    'own-command',
    'startsecs=0\nenvironment=PATH="%(here)s:/bin:/usr/bin"\nstdout_logfile=%(here)s/c40-path.log',
  ),
  program('c40-nopath', 'own-command'),
  ...(user === undefined
    ? []
    : [
        program(
          'c40-user',
          sh('id -u; id -g; echo $HOME; exec sleep 600'),
          `startsecs=0\nuser=${user.name}\nstdout_logfile=%(here)s/c40-user.log`,
        ),
      ]),
].join('');

describe.skipIf(python === undefined).each(SERVERS)('states of programs, %s', (name) => {
  let site: ConformanceSite;
  let startedAt: number;

  beforeAll(async () => {
    if (python === undefined) return;
    site = await ConformanceSite.start(name, python, PROGRAMS, 'PROCESS_STATE');
    site.write('own-command', '#!/bin/sh\necho found\nexec sleep 600\n');
    chmodSync(join(site.server.directory, 'own-command'), 0o755);
    startedAt = Date.now();
    // All at once: what each comes to is looked at later.
    for (const each of [...ENDINGS, ...EXITCODES]) await start(each.name);
    for (const each of ['c28', 'c30-0', 'c30-1', 'c38', 'c39', 'c40-umask', 'c40-path']) {
      await start(each);
    }
    if (user !== undefined) await start('c40-user');
  });
  afterAll(() => site.stop());

  /** Does not wait for RUNNING. What ends at once may have ended before supervisord answers, which is a fault then. */
  async function start(program: string): Promise<void> {
    expect([true, `50 SPAWN_ERROR: ${program}`]).toContain(
      await site.call('startProcess', program, false),
    );
  }
  /** Starts a program that ignores TERM and waits until it does. */
  async function startStubborn(program: string): Promise<number> {
    await start(program);
    await site.waitForText(`${program}.log`, 'ready');
    return (await site.waitForState(program, 'RUNNING')).pid;
  }
  const kill = (pid: number): void => {
    process.kill(pid, 'SIGKILL');
  };
  /** When a program was run, in milliseconds since the epoch: what {@link note} wrote, which is a little later. */
  const timesOf = (program: string): readonly number[] =>
    site
      .read(`${program}.times`)
      .split('\n')
      .slice(0, -1)
      .map((line) => Number(line) / 1e6);

  describe.concurrent('each', () => {
    it('check 27: RUNNING strictly after startsecs', async () => {
      const began = performance.now();
      const starting = site.call('startProcess', 'c27');
      expect(await starting).toBe(true);
      const tookMs = performance.now() - began;
      expect(tookMs).toBeGreaterThan(1000);
      expect(tookMs).toBeLessThan(1000 + LATE_MS);
      expect((await site.info('c27')).state).toBe('RUNNING');
      expect(await site.call('startProcess', 'c27')).toBe('60 ALREADY_STARTED: c27');
      const changes = await site.waitForChange('c27', 'RUNNING');
      expect(changes.map(({ state }) => state)).toEqual(['STARTING', 'RUNNING']);
    });

    it('check 28: tried again after 1, 2 and 3 s, FATAL after 1 + startretries', async () => {
      const changes = await site.waitForChange('c28', 'FATAL');
      const again = Array.from({ length: 4 }, () => ['STARTING', 'BACKOFF']).flat();
      expect(changes.map(({ state }) => state)).toEqual([...again, 'FATAL']);
      expect(changes.map(({ details }) => details)).toEqual([
        ...[0, 1, 1, 2, 2, 3, 3, 4].map((tries) => `tries:${tries}`),
        '',
      ]);
      // The process ended after its time, and the next was started before.
      const times = timesOf('c28');
      expect(times).toHaveLength(4);
      for (const seconds of [1, 2, 3]) {
        const waitMs = (times[seconds] ?? 0) - (times[seconds - 1] ?? 0);
        expect(waitMs).toBeGreaterThan(seconds * 1000);
        expect(waitMs).toBeLessThan(seconds * 1000 + LATE_MS);
      }
      expect(await site.info('c28')).toMatchObject({
        pid: 0,
        exitstatus: 0,
        spawnerr: 'Exited too quickly (process log may have details)',
        description: 'Exited too quickly (process log may have details)',
      });
    });

    it('check 29: startretries=0 is one attempt', async () => {
      expect(await site.call('startProcess', 'c29')).toBe('50 SPAWN_ERROR: c29');
      await site.waitForChange('c29', 'FATAL');
      expect(site.statesOf('c29')).toEqual(['STARTING', 'BACKOFF', 'FATAL']);
    });

    it.for(['c30-0', 'c30-1'])(
      'check 30: startsecs=0 and a quick exit is never BACKOFF: %s',
      async (program) => {
        const changes = await site.waitForChange(program, 'STARTING', 3);
        const states = changes.map(({ state }) => state);
        expect(states.slice(0, 6)).toEqual(
          Array.from({ length: 2 }, () => ['STARTING', 'RUNNING', 'EXITED']).flat(),
        );
        expect(states).not.toContain('BACKOFF');
        // supervisord starts it again with its next pass, which is up to a second away; the daemon once a second at the most.
        const leastMs = name === 'supervisord' ? 200 : 1000;
        for (const [index, at] of timesOf(program).entries()) {
          expect(at - startedAt).toBeGreaterThan(index * leastMs);
        }
        await site.call('stopProcess', program);
      },
    );

    it.for(ENDINGS)('check 31: autorestart=$autorestart and $how', (ending) => expectEnd(ending));
    it.for(EXITCODES)('check 32: exitcodes=$exitcodes and $how', (ending) => expectEnd(ending));

    async function expectEnd(ending: Ending): Promise<void> {
      const changes = await site.waitForChange(ending.name, 'EXITED');
      const exit = changes.find(({ state }) => state === 'EXITED');
      expect(exit?.details).toMatch(
        new RegExp(`^expected:${ending.expected ? 1 : 0} pid:[1-9]\\d*$`),
      );
      if (ending.restarts) {
        await site.waitForChange(ending.name, 'STARTING', 2);
        await site.call('stopProcess', ending.name);
        return;
      }
      // supervisord would start it again within a second.
      await waitFor('two seconds to pass', () => Date.now() > (exit?.at ?? 0) + 2000 || undefined);
      expect(site.statesOf(ending.name)).toEqual(['STARTING', 'RUNNING', 'EXITED']);
      const { state, exitstatus, spawnerr } = await site.info(ending.name);
      expect({ state, exitstatus }).toEqual({ state: 'EXITED', exitstatus: ending.status });
      expect(spawnerr).toBe(ending.expected ? '' : `Bad exit code ${ending.status}`);
    }

    it('check 33: KILL after stopwaitsecs', async () => {
      const pid = await startStubborn('c33');
      const began = performance.now();
      expect(await site.call('stopProcess', 'c33')).toBe(true);
      expect(performance.now() - began).toBeGreaterThan(1000);
      expect(performance.now() - began).toBeLessThan(1000 + LATE_MS);
      expect(await site.info('c33')).toMatchObject({ state: 'STOPPED', pid: 0, exitstatus: -1 });
      expect(site.mainLog).toContain(`WARN killing 'c33' (${pid}) with SIGKILL`);
      expect(site.mainLog).toContain('WARN stopped: c33 (terminated by SIGKILL)');
    });

    it.for([
      ['default', true],
      ['stopasgroup', false],
      ['killasgroup', false],
    ] as const)('check 34: with %s a grandchild survives: %s', async ([key, survives]) => {
      const program = `c34-${key}`;
      await start(program);
      const pid = Number(await site.waitForText(program, /\d+\n/));
      await waitFor(
        'the grandchild to sleep',
        () => readProcess(pid)?.comm === 'sleep' || undefined,
      );
      expect(await site.call('stopProcess', program)).toBe(true);
      if (survives) {
        expect(readProcess(pid)?.argv).toEqual(['sleep', '601']);
        kill(pid);
      }
      await waitFor('the grandchild to end', () => readProcess(pid) === undefined || undefined);
    });

    it('check 35: stop in STARTING, BACKOFF, STOPPING, FATAL and STOPPED', async () => {
      await start('c35-starting');
      await site.waitForState('c35-starting', 'STARTING');
      await site.waitForState('c35-backoff', 'BACKOFF');
      await start('c35-fatal');
      await site.waitForState('c35-fatal', 'FATAL');
      const pid = await startStubborn('c35-stopping');
      expect(await site.call('stopProcess', 'c35-stopping', false)).toBe(true);
      await site.waitForState('c35-stopping', 'STOPPING');

      expect(await site.call('stopProcess', 'c35-starting')).toBe(true);
      expect(await site.call('stopProcess', 'c35-backoff')).toBe(true);
      for (const program of ['c35-stopping', 'c35-fatal', 'c35-starting']) {
        expect(await site.call('stopProcess', program)).toBe(`70 NOT_RUNNING: ${program}`);
      }
      expect((await site.info('c35-starting')).state).toBe('STOPPED');
      expect((await site.info('c35-backoff')).state).toBe('STOPPED');
      await site.waitForChange('c35-starting', 'STOPPED');
      await site.waitForChange('c35-backoff', 'STOPPED');
      expect(site.statesOf('c35-starting')).toEqual(['STARTING', 'STOPPING', 'STOPPED']);
      kill(pid);
      await site.waitForState('c35-stopping', 'STOPPED');
      expect(site.statesOf('c35-backoff').at(-1)).toBe('STOPPED');
      expect(site.statesOf('c35-backoff')).not.toContain('STOPPING');
    });

    it('check 36: start in BACKOFF is fault 60, in STOPPING 40, without waiting nothing', async () => {
      await start('c36-backoff');
      await site.waitForState('c36-backoff', 'BACKOFF');
      expect(await site.call('startProcess', 'c36-backoff')).toBe(
        '60 ALREADY_STARTED: c36-backoff',
      );
      expect(await site.call('stopProcess', 'c36-backoff')).toBe(true);
      const pid = await startStubborn('c36-stopping');
      expect(await site.call('stopProcess', 'c36-stopping', false)).toBe(true);
      await site.waitForState('c36-stopping', 'STOPPING');
      expect(await site.call('startProcess', 'c36-stopping')).toBe(
        '40 ABNORMAL_TERMINATION: c36-stopping',
      );
      expect(await site.call('startProcess', 'c36-stopping', false)).toBe(true);
      expect(await site.info('c36-stopping')).toMatchObject({ state: 'STOPPING', pid });
      kill(pid);
      await site.waitForChange('c36-stopping', 'STOPPED');
      expect(site.statesOf('c36-stopping')).toEqual(['STARTING', 'RUNNING', 'STOPPING', 'STOPPED']);
    });

    it('check 37: wait=false returns at once', async () => {
      // With waiting, both would take ten minutes.
      expect(await site.call('startProcess', 'c37', false)).toBe(true);
      expect(['STARTING', 'STOPPED']).toContain((await site.info('c37')).state);
      const pid = await startStubborn('c37-stubborn');
      expect(await site.call('stopProcess', 'c37-stubborn', false)).toBe(true);
      expect((await site.info('c37-stubborn')).state).toBe('STOPPING');
      kill(pid);
      expect(await site.call('stopProcess', 'c37')).toBe(true);
    });

    it('check 38: a directory that is not there is said on stderr, and exit 127', async () => {
      await site.waitForText('c38.err', 'not spawned');
      expect(site.read('c38.err').split('\n').slice(0, 2)).toEqual([
        "supervisor: couldn't chdir to /nonexistent/dir: ENOENT",
        'supervisor: child process was not spawned',
      ]);
      await site.waitForText('supervisord.log', 'exited: c38 (exit status 127; not expected)');
      await site.waitForChange('c38', 'BACKOFF');
    });

    it('check 39: the environment of a program, and whose value counts', async () => {
      const text = await site.waitForText('c39.log', 'SUPERVISOR_GROUP_NAME');
      await waitFor('env to have ended', () =>
        site
          .waitForState('c39', 'RUNNING')
          .then(({ pid }) => readProcess(pid)?.comm === 'sleep' || undefined),
      );
      const environment = new Map(
        site
          .read('c39.log')
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      expect(text).not.toBe('');
      expect(Object.fromEntries(environment)).toMatchObject({
        SUPERVISOR_ENABLED: '1',
        SUPERVISOR_SERVER_URL: site.server.unixUrl,
        SUPERVISOR_GROUP_NAME: 'c39',
        // The program's own line wins over everything.
        SUPERVISOR_PROCESS_NAME: 'mine',
        OWN: 'a b',
        NAME: 'c39',
        // And over that of [supervisord], which wins over the environment of the supervisor.
        SHARED: 'program',
        PYTHONUTF8: '1',
        LANG: 'C.UTF-8',
      });
    });

    it('check 40: umask, directory, PATH and user', async () => {
      expect(await site.waitForText('c40-umask.log', '/usr')).toBe('0027\n/usr\n');
      const file = join(site.server.directory, 'c40-file');
      expect(existsSync(file)).toBe(true);
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(await site.waitForText('c40-path.log', '\n')).toBe('found\n');
      expect(await site.call('startProcess', 'c40-nopath')).toBe(
        "20 NO_FILE: can't find command 'own-command'",
      );
    });

    it.skipIf(user === undefined)('check 40: the user', async () => {
      const said = await site.waitForText('c40-user.log', /(.*\n){3}/);
      expect(said.split('\n').slice(0, 2)).toEqual([String(user?.uid), String(user?.gid)]);
      // As supervisord's own: neither HOME nor USER is changed.
      expect(said.split('\n')[2]).toBe(environmentOf(site.server.pid)?.get('HOME') ?? '');
    });
  });
});
