import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive, openFilesOf, readProcess, signalProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite, type DaemonSite } from './support/daemon-site.ts';

const SLEEP = 'command=/bin/sleep 69\n';
const TICKER =
  `[program:ticker]\ncommand=/bin/sh -c "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done"\n` +
  `stdout_logfile=%DIR%/ticker.log\nstopasgroup=true\n`;

async function runningPrograms(site: DaemonSite, count: number) {
  return waitFor(
    `${count} programs`,
    () => {
      const found = site.programs().filter(({ pid, sid }) => pid === sid);
      // One that is just being executed has no words yet.
      const areThemselves = found.every(({ argv }) => argv.length > 0);
      return found.length === count && areThemselves ? found : undefined;
    },
    { observe: () => site.programs().map(({ argv }) => argv.join(' ')) },
  );
}

describe.concurrent('the daemon', () => {
  it('goes to the background when it is ready', async (context) => {
    const site = await makeDaemonSite(context, `umask=077\n[program:p]\n${SLEEP}`);
    const run = await site.daemon();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const daemon = site.running();
    expect(readProcess(daemon.pid)).toMatchObject({ sid: daemon.pid });
    const stdio = [0, 1, 2].map((fd) => readlinkSync(`/proc/${daemon.pid}/fd/${fd}`));
    expect(stdio).toEqual(['/dev/null', '/dev/null', '/dev/null']);
    const [program] = await runningPrograms(site, 1);
    // Its three pipes, and nothing else: of each it has the other end as well.
    expect(new Set(openFilesOf(program?.pid ?? 0))).toHaveProperty('size', 3);
    site.signal('SIGTERM');
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
    expect(existsSync(join(site.directory, 's.pid'))).toBe(false);
    expect(existsSync(join(site.directory, 's.pid.d'))).toBe(false);
    expect(site.read('s.log')).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARN received SIGTERM indicating exit request$/m,
    );
  });

  it.for(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
    'in the foreground ends in order at %s',
    async (signal, context) => {
      const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}`);
      const ended = site.foreground();
      await site.waitForLog("spawned: 'p'");
      site.signal(signal);
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
      expect(site.programs()).toEqual([]);
    },
  );

  it('refuses to run twice, and leaves the first one alone', async (context) => {
    const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}stdout_logfile=AUTO\n`);
    await site.daemon();
    const [before] = await runningPrograms(site, 1);
    const daemon = site.running();
    const autoLogs = (): readonly string[] =>
      readdirSync(site.directory).filter((file) => file.startsWith('p-stdout---'));
    const logs = autoLogs();
    expect(logs).toHaveLength(1);
    for (const run of [await site.daemon(), await site.foreground()]) {
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`A daemon with pid ${daemon.pid} already runs`);
    }
    // Difference: A second start touches nothing of the first.
    expect(autoLogs()).toEqual(logs);
    expect(site.running()).toMatchObject({ pid: daemon.pid });
    expect((await runningPrograms(site, 1))[0]).toMatchObject({ pid: before?.pid });
  });

  it('exits with 2 when its configuration is wrong, before it goes anywhere', async (context) => {
    const site = await makeDaemonSite(context, '[program:p]\nstartsecs=1\n');
    const run = await site.daemon();
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('program section program:p does not specify a command');
  });

  it('restarts with the new configuration at HUP, in the same process', async (context) => {
    const site = await makeDaemonSite(context, `[program:old]\n${SLEEP}`);
    await site.daemon();
    const daemon = site.running();
    await runningPrograms(site, 1);
    site.rewrite(`[program:new]\n${SLEEP}`);
    site.signal('SIGHUP');
    await site.waitForLog("spawned: 'new'");
    expect(site.read('s.log')).toContain('WARN received SIGHUP indicating restart request');
    expect(site.running()).toMatchObject({ pid: daemon.pid });
    await runningPrograms(site, 1);
  });

  it('opens its logs anew at USR2', async (context) => {
    const site = await makeDaemonSite(context, TICKER);
    await site.daemon();
    const inSite = (name: string): string => join(site.directory, name);
    await waitFor('a first line', () => site.read('ticker.log').includes('tick 3\n') || undefined);
    renameSync(inSite('ticker.log'), inSite('ticker.old'));
    renameSync(inSite('s.log'), inSite('s.old'));
    site.signal('SIGUSR2');
    await waitFor(
      'lines in the new log',
      () => site.read('ticker.log').includes('tick') || undefined,
    );
    expect(site.read('s.old')).toContain('INFO received SIGUSR2 indicating log reopen request');
    site.signal('SIGTERM');
    await site.waitForLog('received SIGTERM');
  });
});

describe.concurrent('after kill -9 of the daemon', () => {
  // Difference: Programs go on when the daemon is killed.
  it('programs go on, and a new daemon takes them over with their output', async (context) => {
    const site = await makeDaemonSite(
      context,
      `${TICKER}[program:p]\n${SLEEP}stdout_logfile=AUTO\n`,
    );
    await site.daemon();
    const before = await runningPrograms(site, 2);
    await site.waitForLog('success: ticker');
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    expect(before.every(isAlive)).toBe(true);

    expect(await site.daemon()).toMatchObject({ code: 0, stderr: '' });
    expect(site.running().pid).not.toBe(first.pid);
    const after = await runningPrograms(site, 2);
    expect(after.map(({ pid }) => pid).sort()).toEqual(before.map(({ pid }) => pid).sort());
    const seen = site.read('ticker.log').length;
    await waitFor('more output', () => site.read('ticker.log').length > seen || undefined);
    const numbers = [...site.read('ticker.log').matchAll(/^tick (\d+)$/gm)].map(([, n]) =>
      Number(n),
    );
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));

    const [ticker] = before.filter(({ argv }) => argv.includes('-c'));
    if (ticker === undefined) throw new Error('no ticker');
    process.kill(-ticker.pid, 'SIGKILL');
    await site.waitForLog('exited: ticker (exit status unknown');
    const again = await runningPrograms(site, 2);
    expect(again.some(({ pid }) => pid === ticker.pid)).toBe(false);
    const daemon = site.running();
    site.signal('SIGTERM');
    await site.waitForEnd(daemon);
    expect(site.programs()).toEqual([]);
  });

  it('knows its programs by their pipes when their state was never written', async (context) => {
    const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}`);
    await site.daemon();
    const [before] = await runningPrograms(site, 1);
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    rmSync(join(site.directory, 's.pid.d', 'state.json'));
    await site.daemon();
    await site.waitForLog("adopted: 'p'");
    const [after] = await runningPrograms(site, 1);
    expect(after?.pid).toBe(before?.pid);
  });

  it('stops what is not configured any more and starts what ended meanwhile', async (context) => {
    const site = await makeDaemonSite(
      context,
      `[program:gone]\n${SLEEP}[program:ended]\n${SLEEP}[program:kept]\n${SLEEP}`,
    );
    await site.daemon();
    const before = await runningPrograms(site, 3);
    const pidOf = (name: string): number =>
      Number(new RegExp(`spawned: '${name}' with pid (\\d+)`).exec(site.read('s.log'))?.[1]);
    // Only by that is a program known that is not configured any more.
    await waitFor(
      'the state to be written',
      () =>
        before.every(({ pid }) => site.read('s.pid.d/state.json').includes(`"pid":${pid}`)) ||
        undefined,
    );
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    const [ended] = before.filter(({ pid }) => pid === pidOf('ended'));
    if (ended === undefined) throw new Error('no program named ended');
    signalProcess(ended, 'SIGKILL');
    await waitFor('it to end', () => !isAlive(ended) || undefined);
    site.rewrite(`[program:ended]\n${SLEEP}[program:kept]\n${SLEEP}`);
    await site.daemon();
    const after = (await runningPrograms(site, 2)).map(({ pid }) => pid);
    expect(after).toContain(pidOf('kept'));
    expect(after).not.toContain(pidOf('gone'));
    expect(site.read('s.log')).toContain('which is not configured any more');
  });

  it('lets rest what rested: stopped by somebody, given up, waiting for its next try', async (context) => {
    const site = await makeDaemonSite(
      context,
      `[program:serves]\n${SLEEP}` +
        `[program:oneshot]\ncommand=/bin/sh -c "echo ran >> %DIR%/oneshot"\nstartsecs=0\nexitcodes=0\n` +
        `[program:broken]\ncommand=/nope\nstartretries=0\n` +
        `[program:trying]\ncommand=/bin/false\nstartretries=60\n` +
        `[program:changed]\ncommand=/nope\nstartretries=0\n`,
    );
    await site.daemon();
    await site.waitForLog('gave up: broken');
    await site.waitForLog('gave up: changed');
    await site.waitForLog('exited: oneshot (exit status 0; expected)');
    const tries = (): number => site.read('s.log').split("spawned: 'trying'").length - 1;
    await waitFor('three tries', () => tries() === 3 || undefined);
    await waitFor(
      'the state to be written',
      () => site.read('s.pid.d/state.json').includes('"state":"BACKOFF","failures":3') || undefined,
    );
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    site.rewrite(
      readFileSync(join(site.directory, 'supervisord.conf'), 'utf8')
        .replace(/^[^]*?(?=\[program)/, '')
        .replace('[program:changed]\ncommand=/nope', '[program:changed]\ncommand=/bin/sleep 68'),
    );
    const begun = site.read('s.log').length;
    await site.daemon();
    await site.waitForLog("adopted: 'serves'");
    // The fourth failure in a row waits four seconds for the fifth try.
    await waitFor('two more tries', () => tries() === 5 || undefined);
    const log = site.read('s.log').slice(begun);
    expect(log).toMatch(/spawned: 'changed'/);
    expect(log).not.toMatch(/broken|oneshot/);
    expect(site.read('oneshot')).toBe('ran\n');
    const [, fourth, fifth] = [
      ...site.read('s.log').matchAll(/^\S+ (\S+),(\d+) .*spawned: 'trying'/gm),
    ]
      .slice(-3)
      .map(([, time = '', ms = '']) => Date.parse(`1970-01-01T${time}.${ms}Z`));
    expect((fifth ?? 0) - (fourth ?? 0)).toBeGreaterThan(3900);
  });

  it('begins anew when nothing at all has survived', async (context) => {
    const site = await makeDaemonSite(
      context,
      `[program:p]\n${SLEEP}autorestart=false\n[program:broken]\ncommand=/nope\nstartretries=0\n`,
    );
    await site.daemon();
    await site.waitForLog('gave up: broken');
    const [program] = await runningPrograms(site, 1);
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    if (program !== undefined) signalProcess(program, 'SIGKILL');
    await waitFor('nothing to run', () => site.programs().length === 0 || undefined);
    const begun = site.read('s.log').length;
    await site.daemon();
    await runningPrograms(site, 1);
    await waitFor(
      'another try of the broken one',
      () => site.read('s.log').slice(begun).includes('gave up: broken') || undefined,
    );
  });

  it('goes on with AUTO logs', async (context) => {
    const site = await makeDaemonSite(
      context,
      `[program:p]\n${SLEEP}stdout_logfile=AUTO\nstderr_logfile=%DIR%/named.log\n` +
        `[program:later]\n${SLEEP}autostart=false\nstdout_logfile=AUTO\nstderr_logfile=%DIR%/later.log\n`,
    );
    const autoLogs = (): readonly string[] =>
      readdirSync(site.directory)
        .filter((name) => name.includes('---'))
        .sort();
    await site.daemon();
    await runningPrograms(site, 1);
    await waitFor('the names', () => autoLogs().length === 2 || undefined);
    // As supervisord: what it names is there from the beginning, what the file names from the first start on.
    expect(existsSync(join(site.directory, 'named.log'))).toBe(true);
    expect(existsSync(join(site.directory, 'later.log'))).toBe(false);
    await waitFor('the state to be written', () =>
      autoLogs().every((name) => site.read('s.pid.d/state.json').includes(name)) ? true : undefined,
    );
    const before = autoLogs();
    const first = site.running();
    signalProcess(first, 'SIGKILL');
    await site.waitForEnd(first);
    await site.daemon();
    await site.waitForLog("adopted: 'p'");
    expect(autoLogs()).toEqual(before);
  });
});
