import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive, readProcess, signalProcess, type Process } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { ConformanceSite, outcomeOf } from './support/conformance-site.ts';

const python = await pythonForTests('newest');

const NO_LOGS = 'stdout_logfile=NONE\nstderr_logfile=NONE\n';
const program = (name: string, priority: number): string =>
  `[program:${name}]\ncommand=/bin/sleep 602\nstartsecs=0\npriority=${priority}\n${NO_LOGS}`;

/** Stops when the test says so, by the file NAME.end. */
const slow = (name: string, priority: number): string =>
  `[program:${name}]\npriority=${priority}\nstartsecs=0\nstopwaitsecs=600\n` +
  `command=/bin/sh -c "trap 'while ! test -e %(here)s/${name}.end; do sleep 0.05; done; exit 0' TERM; echo ready; while :; do sleep 0.05; done"\n` +
  `stdout_logfile=%(here)s/${name}.log\n`;

/** In the group, the order of the configuration is not that of the priorities. */
const ORDERED = [
  program('alone', 100),
  '[group:late]\nprograms=one,two,three\npriority=500\n',
  program('one', 30),
  program('two', 10),
  program('three', 20),
  slow('lazy', 400),
  // While this one stops, the listener has the time to hear of the others.
  slow('early', 3),
].join('');

/** Ends only when it is KILLed. */
const STUCK =
  '[program:stuck]\nstartsecs=0\nstopwaitsecs=600\nstdout_logfile=%(here)s/stuck.log\n' +
  `command=/bin/sh -c "trap '' TERM; echo ready; while read line; do :; done"\n`;

const TICKER =
  '[program:ticker]\nstartsecs=0\nstdout_logfile=%(here)s/ticker.log\nstderr_logfile=NONE\n' +
  'command=/bin/sh -c "while :; do echo tick; sleep 0.05; done"\n';

describe.skipIf(python === undefined).each(SERVERS)('the supervisor itself, %s', (name) => {
  async function open(programs: string, events?: string): Promise<ConformanceSite> {
    if (python === undefined) throw new Error('no Python');
    const site = await ConformanceSite.start(name, python, programs, events);
    onTestFinished(() => site.stop());
    return site;
  }

  const supervisorOf = ({ server }: ConformanceSite): Process => {
    const found = readProcess(server.pid);
    if (found === undefined) throw new Error('the supervisor has ended');
    return found;
  };
  const untilEnded = (process: Process): Promise<unknown> =>
    waitFor('the supervisor to end', () => !isAlive(process) || undefined, { ceilingMs: 60_000 });

  /** Which programs came to a state, in order. */
  const orderOf = (site: ConformanceSite, state: string): readonly string[] =>
    site.events.flatMap(({ type, payload }) => {
      const found = /^processname:(\S+)/.exec(payload)?.[1];
      return type === `PROCESS_STATE_${state}` && found !== undefined ? [found] : [];
    });

  it('check 41 and check 42: a shutdown goes group by group, the last first, a start in the order of the configuration', async () => {
    const site = await open(ORDERED, 'PROCESS_STATE');
    for (const each of ['one', 'two', 'three']) await site.waitForChange(each, 'RUNNING');
    await site.waitForChange('early', 'RUNNING');
    await site.waitForText('lazy.log', 'ready');
    await site.waitForText('early.log', 'ready');
    // Check 42: ascending groups; in a group as it is written down, whatever the priorities.
    const started = ['early', 'alone', 'lazy', 'one', 'two', 'three'];
    expect(orderOf(site, 'STARTING').filter((each) => each !== 'recorder')).toEqual(started);
    // A start of the whole group, however, goes by priority.
    expect(await site.call('stopProcessGroup', 'late')).toHaveLength(3);
    for (const each of ['one', 'two', 'three']) await site.waitForChange(each, 'STOPPED');
    expect(orderOf(site, 'STOPPING')).toEqual(['two', 'three', 'one']);
    expect(await site.call('startProcessGroup', 'late')).toHaveLength(3);
    for (const each of ['one', 'two', 'three']) await site.waitForChange(each, 'RUNNING', 2);
    expect(orderOf(site, 'STARTING').slice(-3)).toEqual(['two', 'three', 'one']);

    const process = supervisorOf(site);
    signalProcess(process, 'SIGTERM');
    for (const each of ['lazy', 'early']) {
      await site.waitForChange(each, 'STOPPING');
      site.write(`${each}.end`, '');
    }
    await untilEnded(process);
    expect(site.mainLog).toContain('WARN received SIGTERM indicating exit request');
    const stopping = ['one', 'three', 'two', 'lazy', 'alone', 'early'];
    expect(orderOf(site, 'STOPPING').slice(3, 9)).toEqual(stopping);
    const last = [...site.mainLog.matchAll(/stopped: (\w+) /g)].map((match) => match[1]).slice(-3);
    expect(last).toEqual(['alone', 'early', 'recorder']);
    // The next group is told only when nothing of this one runs any more.
    const changes = site.events.map(({ type, payload }) => [
      type.replace('PROCESS_STATE_', ''),
      /^processname:(\S+)/.exec(payload)?.[1],
    ]);
    const at = (state: string, program: string): number =>
      changes.findLastIndex((each) => each[0] === state && each[1] === program);
    for (const each of ['one', 'two', 'three']) {
      expect(at('STOPPED', each)).toBeLessThan(at('STOPPING', 'lazy'));
    }
    expect(at('STOPPED', 'lazy')).toBeLessThan(at('STOPPING', 'alone'));
    expect(at('STOPPED', 'alone')).toBeLessThan(at('STOPPING', 'early'));
  });

  it('check 43: USR2 opens logs anew, HUP restarts in the same process, INT ends', async () => {
    const site = await open(TICKER, 'SUPERVISOR_STATE_CHANGE');
    const process = supervisorOf(site);
    const path = (file: string): string => join(site.server.directory, file);
    await site.waitForText('ticker.log', 'tick');
    renameSync(path('ticker.log'), path('ticker.old'));
    renameSync(path('supervisord.log'), path('old.log'));
    signalProcess(process, 'SIGUSR2');
    await site.waitForText('ticker.log', 'tick');
    await waitFor(
      'a line about it',
      () =>
        (site.read('old.log') + site.mainLog).includes('received SIGUSR2 indicating log reopen') ||
        undefined,
    );
    await waitFor('a new log', () => existsSync(path('supervisord.log')) || undefined);

    const text = site.read('supervisord.conf');
    writeFileSync(
      site.server.configuration,
      text.replaceAll('ticker', 'another') + program('more', 5),
    );
    signalProcess(process, 'SIGHUP');
    await site.waitForText('supervisord.log', "spawned: 'more'");
    await site.waitForText('another.log', 'tick');
    expect(site.mainLog).toContain('WARN received SIGHUP indicating restart request');
    expect(supervisorOf(site).startTicks).toBe(process.startTicks);
    await waitFor('it to answer', async () => {
      const answer = await site.supervisor.getPid();
      return (answer.ok && answer.value === process.pid) || undefined;
    });
    expect(await site.call('getProcessInfo', 'ticker')).toBe('10 BAD_NAME: ticker');

    signalProcess(process, 'SIGINT');
    await untilEnded(process);
    expect(site.mainLog).toContain('WARN received SIGINT indicating exit request');
  });

  it('check 44: SHUTDOWN_STATE while it stops', async () => {
    const site = await open(STUCK + program('other', 5), 'REMOTE_COMMUNICATION');
    await site.waitForText('stuck.log', 'ready');
    const process = supervisorOf(site);
    const stuck = readProcess((await site.info('stuck')).pid);
    expect(await site.call('shutdown')).toBe(true);
    for (const [method, ...params] of [
      ['getState'],
      ['getPID'],
      ['getAPIVersion'],
      ['getAllProcessInfo'],
      ['getProcessInfo', 'nope'],
      ['startProcess', 'other'],
      ['stopAllProcesses'],
      ['signalProcess', 'stuck', 'HUP'],
      ['readLog', 0, 0],
      ['tailProcessStdoutLog', 'stuck', 0, 10],
      ['clearAllProcessLogs'],
      ['reloadConfig'],
      ['addProcessGroup', 'x'],
      ['removeProcessGroup', 'x'],
      ['sendProcessStdin', 'stuck', 'x'],
      ['getAllConfigInfo'],
      ['restart'],
      ['shutdown'],
    ] as const) {
      expect([method, await site.call(method, ...params)]).toEqual([method, '6 SHUTDOWN_STATE']);
    }
    expect(await site.call('sendRemoteCommEvent', 'type', 'data')).toBe(true);
    // The engine's own methods come on top.
    const methods = outcomeOf(await site.supervisor.call('system.listMethods', [])) as string[];
    expect(methods.filter((each) => /^(supervisor|system)\./.test(each))).toHaveLength(41);
    if (stuck === undefined) throw new Error('stuck does not run');
    signalProcess(stuck, 'SIGKILL');
    await untilEnded(process);
  });
});
