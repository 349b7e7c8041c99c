import { describe, expect, test } from 'vitest';
import { eventsOf } from './support/events.ts';
import { overlapSite, said, startFullLoad } from './support/overlapping.ts';
import { startReloadctl } from './support/background.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { expectUntouched, lookAtServed } from './support/served.ts';
import { expectSucceeded } from './support/succeeded.ts';
import { describeLoad } from './support/under-load.ts';

describe('guarantee 8 under the daemon: whatever becomes of reloadctl, the service serves', () => {
  for (const step of ['start-successor', 'successor-boots', 'successor-holds']) {
    test.concurrent(`Ctrl-C at ${step}: taken back, nothing is left`, async (context) => {
      const site = await overlapSite({}, context);
      const load = await startFullLoad(site);
      const before = await lookAtServed(site);
      site.setVersion('v2', { bootSeconds: step === 'successor-boots' ? 3 : 0.5 });
      const reload = startReloadctl(site, ['reload', 'usercenter']);
      await reload.waitForStep(step);
      await reload.signal('SIGINT');
      const ended = await reload.ended;
      expect(ended.code, site.report()).toBe(130);
      expect(eventsOf(ended).at(-1)).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
      await expectUntouched(site, before);
      await load.waitMore();
      const summary = await load.stopWithoutFailure();
      await context.annotate(describeLoad(summary));
      expect((await site.get()).version).toBe('v1');

      site.setVersion('v3');
      expect((await site.reloadctl(['reload', 'usercenter'])).code, site.report()).toBe(0);
      await expectSucceeded(site, before, { version: 'v3', count: 2 });
    });
  }

  test.concurrent('Ctrl-C when the old one is on its way out: carried through', async (context) => {
    const site = await overlapSite({ gracefulTimeoutSecs: 40 }, context);
    const load = await startFullLoad(site);
    const before = await lookAtServed(site);
    const slow = site.get('/slow?seconds=15', 60_000);
    await site.get('/', 30_000);
    site.setVersion('v2');
    const reload = startReloadctl(site, ['reload', 'usercenter']);
    await reload.waitForStep('old-instance');
    await reload.signal('SIGINT');
    expect((await reload.ended).code, site.report()).toBe(130);
    expect((await slow).version).toBe('v1');
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await load.stopWithoutFailure();
  });

  test.concurrent('kill -9 of reloadctl: the next run tidies', async (context) => {
    const site = await overlapSite({}, context);
    const load = await startFullLoad(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 2 });
    const reload = startReloadctl(site, ['reload', 'usercenter']);
    await reload.waitForStep('successor-boots');
    await reload.signal('SIGKILL');
    await reload.ended;
    site.setVersion('v3');
    const again = await site.reloadctl(['--json', 'reload', 'usercenter']);
    expect(again.code, site.report()).toBe(0);
    const [planned] = eventsOf(again);
    const code = expect.stringMatching('leftover-successor') as string;
    expect(planned).toMatchObject({ plan: { notes: [{}, { code }] } });
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v3', count: 2 });
    await load.stopWithoutFailure();
  });
});

describe('guarantee 9 under the daemon: one reload of a program at a time', () => {
  test.concurrent('two clients at once: one after the other', async (context) => {
    const site = await overlapSite({}, context);
    const load = await startFullLoad(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 0.3 });
    const clients = [1, 2].map(() => site.reloadctl(['--json', 'reload', 'usercenter', '--wait']));
    const both = await Promise.all(clients);
    expect(
      both.map(({ code }) => code),
      site.report(),
    ).toEqual([0, 0]);
    const successors = both.map((each) => eventsOf(each).at(-1));
    for (const result of successors) expect(result).toMatchObject({ strategy: 'overlap' });
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    expect(site.supervisorLog().match(/promoted: 'usercenter'/g)).toHaveLength(2);
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('a client that does not wait exits 13 and touches nothing', async (context) => {
    const site = await overlapSite({}, context);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 0.3 });
    const first = startReloadctl(site, ['reload', 'usercenter']);
    await first.waitForStep('successor-boots');
    // However slow this machine is, the first one is not done before the second.
    await first.signal('SIGSTOP');
    const second = await site.reloadctl(['reload', 'usercenter', '--no-wait']);
    await first.signal('SIGCONT');
    expect(second.code, site.report()).toBe(13);
    expect(said(second)).toContain(String((await first.id).pid));
    expect((await first.ended).code, site.report()).toBe(0);
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
  });
});

describe('the command line', () => {
  test.concurrent('shows the plan, the result and what runs', async (context) => {
    const site = await overlapSite({ preload: true }, context);
    const plan = await site.reloadctl(['plan', 'reload', 'usercenter']);
    expect(plan.code).toBe(0);
    expect(said(plan)).toContain('the supervisor owns the listening sockets');
    expect(said(plan)).toContain('have the supervisor start a successor');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(said(reloaded)).toMatch(/usercenter: reloaded \(overlap, 2 workers, [\d.]+ s\)/);
    const status = await site.reloadctl(['status', '--long', 'usercenter']);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/usercenter +RUNNING +\d+ +gunicorn/);
  });

  test.concurrent('refuses overlap under a stock supervisord, with the reason', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', 'overlap']);
    expect(reloaded.code).toBe(2);
    expect(said(reloaded)).toContain('this supervisor does not own the listening sockets');
  });

  test.concurrent('refuses overlap where the sockets are off, with the reason', async (context) => {
    const extraConf = '[reloadctl:usercenter]\nsocket=off\n';
    const site = await overlapSite({ extraConf }, context);
    const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', 'overlap']);
    expect(reloaded.code, site.report()).toBe(2);
    expect(said(reloaded)).toMatch(/socket/);
    const plain = await site.reloadctl(['--json', 'reload', 'usercenter']);
    expect(plain.code, site.report()).toBe(0);
    expect(eventsOf(plain).at(-1)).toMatchObject({ strategy: 'bridge' });
  });
});
