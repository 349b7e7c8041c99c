import { readFileSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Pty } from '../../rig/pty.ts';
import { signalProcess } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { REPOSITORY } from '../../rig/place.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { commandOf, openOnTerminal, openView } from './open-view.ts';

const python = await pythonForTests('newest');

const FLOOD = join(REPOSITORY, 'test/integration/watch/flood.py');

const MIB = 2 ** 20;

/** Resident memory of the command on a terminal, in bytes. */
async function memoryOf(view: Pty): Promise<number> {
  const { pid } = await view.process();
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}

/** A server that takes no time to stop and to start. */
const QUICK = { mailer: false, workers: 1 } as const;

/** A program that makes the supervisor's restart last long enough to be seen by everybody. */
const SLOW_TO_STOP = `
[program:stubborn]
command=/bin/sh -c "trap '' TERM; while :; do sleep 0.1; done"
stopwaitsecs=3
killasgroup=true
`;

describe.skipIf(python === undefined).concurrent('the live view in trouble', () => {
  it('says that the supervisor restarts, and recovers', async (context) => {
    const site = await siteForTest({ ...QUICK, extraConf: SLOW_TO_STOP }, 'serving', context);
    const view = await openView(site, ['top', '--interval', '0.2'], { columns: 60 }, context);
    await view.waitFor(/stubborn +RUNNING/);
    await view.waitFor(/usercenter +RUNNING/);
    const before = site.supervisor()?.pid;
    const restarted = await site.supervisorctl(['reload']);
    expect(restarted.code).toBe(0);
    await view.waitFor(/^! nothing new for .*, retrying: it is shutting down$/m);
    await waitFor('the trouble to be over', () => (/^! /m.test(view.text) ? undefined : true), {
      ceilingMs: 30_000,
    });
    await view.waitFor(/usercenter +RUNNING/, 30_000);
    // supervisord restarts itself in its own process.
    expect(site.supervisor()?.pid).toBe(before);
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('does not hang with a supervisor that does not answer', async (context) => {
    const site = await siteForTest(QUICK, 'serving', context);
    const view = await openView(site, ['top', '--interval', '0.2'], {}, context);
    await view.waitFor(/> usercenter +RUNNING/);
    const supervisor = site.supervisor();
    if (supervisor === undefined) throw new Error('no supervisor');
    signalProcess(supervisor, 'SIGSTOP');
    try {
      await view.waitFor(/^! nothing new for [23] s, retrying: no answer/m);
      await view.waitFor(/^! nothing new for .*, retrying: no answer within 5 s$/m);
      view.press('?');
      await view.waitFor('Any key closes the help.');
      view.press(' r');
      await view.waitFor('No reload: the supervisor cannot be asked.');
    } finally {
      signalProcess(supervisor, 'SIGCONT');
    }
    await waitFor('the trouble to be over', () => (/^! /m.test(view.text) ? undefined : true));
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('says that a program is no longer there, and shows the ones that come', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const view = await openView(site, ['top', '--interval', '0.2'], {}, context);
    await view.waitFor(/> mailer +RUNNING/);
    for (const words of [
      ['stop', 'mailer'],
      ['remove', 'mailer'],
    ]) {
      expect((await site.supervisorctl(words)).code).toBe(0);
    }
    await view.waitFor('The supervisor no longer has mailer.');
    await view.waitFor(/> usercenter/);
    expect((await site.supervisorctl(['add', 'mailer'])).code).toBe(0);
    await view.waitFor(/^ {2}mailer/m);
    expect(view.text).toMatch(/^> usercenter/m);
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('stays small and quick beside a log that grows by 50 MB a second, and shows none of it raw', async (context) => {
    const site = await siteForTest(QUICK, 'serving', context);
    const log = join(site.directory, 'usercenter.log');
    const view = await openView(site, ['top', '--interval', '0.2'], {}, context);
    await view.waitFor('Booting worker');
    const before = await memoryOf(view);
    const sizeBefore = (await stat(log)).size;
    const flood = site.run([site.python.bin.python, FLOOD, log, '4']);
    await view.waitFor('\\x1b[2J\\x1b]0;owned\\x07');
    view.press('?');
    await view.waitFor('Any key closes the help.', 2000);
    view.press(' ');
    await flood;
    expect((await stat(log)).size - sizeBefore).toBeGreaterThan(50 * MIB);
    expect((await memoryOf(view)) - before).toBeLessThan(60 * MIB);
    // The screen is cleared once, when it is taken.
    expect(view.output.split('\u001b[2J')).toHaveLength(2);
    expect(view.output).not.toContain('\u0007');
    await truncate(log);
    await view.waitFor('The log is empty.');
    view.press('q');
    expect(await view.end()).toBe(0);
  });
});

describe.skipIf(python === undefined).concurrent('tail -f in trouble', () => {
  const follow = async (site: Site, context: TestContext): Promise<Pty> => {
    const view = openOnTerminal(
      site,
      await commandOf(site, ['tail', '-f', 'usercenter']),
      {},
      context,
    );
    await view.waitFor('Press Ctrl-C to exit');
    return view;
  };

  it('stays small while 50 MB a second come', async (context) => {
    const site = await siteForTest(QUICK, 'serving', context);
    const log = join(site.directory, 'usercenter.log');
    const command = await commandOf(site, ['tail', '-f', 'usercenter']);
    // The reader is slow at first: what nobody takes must not pile up.
    const script = '"$@" | { sleep 3; cat > /dev/null; } & wait $!';
    const view = openOnTerminal(site, ['/bin/bash', '-c', script, '-', ...command], {}, context);
    const followers = (): readonly number[] =>
      site
        .processes()
        .flatMap(({ pid, argv }) =>
          argv.includes('tail') && argv[0] !== '/bin/bash' ? [pid] : [],
        );
    await waitFor('the command to run', () => followers()[0]);
    const [pid = 0] = followers();
    await site.run([site.python.bin.python, FLOOD, log, '4']);
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024).toBeLessThan(200 * MIB);
    await view.close();
  });

  it('says that the supervisor has ended it', async (context) => {
    const site = await siteForTest(QUICK, 'serving', context);
    const view = await follow(site, context);
    expect((await site.supervisorctl(['reload'])).code).toBe(0);
    await view.waitFor('the supervisor closed the connection, as it does');
    expect(await view.end()).toBe(0);
    await waitFor(
      'usercenter to run again',
      async () => ((await site.program()).state === 'RUNNING' ? true : undefined),
      { ceilingMs: 30_000 },
    );
  });
});
