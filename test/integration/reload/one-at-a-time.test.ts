import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { setKeys } from '../../rig/site/ini-edit.ts';
import { createSite } from '../../rig/site.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { startReloadctl } from './support/background.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

const user = ordinaryUser();
if (user === undefined) {
  console.error('skipped: a lock across users: not root, or no user who could execute node');
}

describe.skipIf(missing.has('newest'))('guarantee 9: one reload of a program at a time', () => {
  test.concurrent('--wait waits for the other one, then reloads', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 0.5 });
    const first = startReloadctl(site, ['reload', 'usercenter']);
    await first.waitForStep('usr2');
    const second = startReloadctl(site, ['reload', 'usercenter', '--wait']);
    const { pid } = await second.waitForEvent('lock-wait', ({ event }) => event === 'lock-wait');
    expect(pid).toBe((await first.id).pid);

    expect(await first.ended).toMatchObject({ code: 0 });
    expect((await second.ended).code, site.report()).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: 2 });
    await load.stopWithoutFailure();
  });

  test.concurrent(
    '--no-wait exits 13, names the other one and touches nothing',
    async (context) => {
      const site = await siteForTest({}, 'serving', context);
      site.setVersion('v2');
      const first = startReloadctl(site, ['reload', 'usercenter']);
      await first.waitForStep('bridge-boots');
      // However slow this machine is, the first one is not done before the second.
      await first.signal('SIGSTOP');
      const { pid } = await first.id;
      const second = await site.reloadctl(['reload', 'usercenter', '--no-wait']);
      await first.signal('SIGCONT');
      expect(second.code).toBe(13);
      expect(second.stdout + second.stderr).toContain(String(pid));
      expect(await first.ended).toMatchObject({ code: 0 });
    },
  );

  test.concurrent('stop waits for a reload that is under way', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    site.setVersion('v2', { bootSeconds: 0.5 });
    const reload = startReloadctl(site, ['reload', 'usercenter']);
    await reload.waitForStep('usr2');
    const stop = await site.reloadctl(['stop', 'usercenter']);
    expect(await reload.ended).toMatchObject({ code: 0 });
    expect(stop.code, site.report()).toBe(0);
    expect(await site.program()).toMatchObject({ state: 'STOPPED', pid: 0 });
  });

  test.concurrent.for([
    { what: 'its pid', target: (pid: number) => `pid:${pid}` },
    { what: 'its pid file', target: () => 'pidfile:usercenter.pid' },
  ])('a program and $what are the same thing', async ({ target }, context) => {
    const site = await siteForTest({}, 'serving', context);
    const load = await startWatchedLoad(site);
    const before = await lookAtServed(site);
    site.setVersion('v2');
    const first = startReloadctl(site, ['reload', 'usercenter']);
    await first.waitForStep('bridge-boots');
    // However slow this machine is, the first one is not done before the second.
    await first.signal('SIGSTOP');
    const second = await site.reloadctl(['reload', target(before.master.pid), '--no-wait']);
    expect(second.code, site.report()).toBe(13);
    const third = startReloadctl(site, ['reload', target(before.master.pid), '--wait']);
    await third.waitForEvent('lock-wait', ({ event }) => event === 'lock-wait');
    await first.signal('SIGCONT');

    expect(await first.ended).toMatchObject({ code: 0 });
    const waited = await third.ended;
    expect(waited.code, site.report()).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: 2 });
    await load.stopWithoutFailure();
  });

  test
    .skipIf(user === undefined)
    .concurrent('also for another user, while root is at work (needs root)', async (context) => {
      const site = await createSite({ user });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(async () => {
        expect((await site.stop()).survivors).toEqual([]);
      });
      site.editConfiguration((text) => setKeys(text, 'unix_http_server', { chmod: '0777' }));
      await site.start();
      site.setVersion('v2');
      const byRoot = startReloadctl(site, ['reload', 'usercenter']);
      await byRoot.waitForStep('bridge-boots');
      await byRoot.signal('SIGSTOP');
      const byUser = await site.reloadctl(['reload', 'usercenter', '--no-wait'], { user });
      await byRoot.signal('SIGCONT');
      expect(byUser.code).toBe(13);
      expect(await byRoot.ended).toMatchObject({ code: 0 });
    });
});
