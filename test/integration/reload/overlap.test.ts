import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoadOptions } from '../../rig/load.ts';
import { signalProcess } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { get } from '../../rig/site/get.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startReloadctl } from './support/background.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectUntouched, lookAtServed } from './support/served.ts';
import { expectSucceeded } from './support/succeeded.ts';
import { describeLoad, startWatchedLoad, type WatchedLoad } from './support/under-load.ts';

type Context = Parameters<typeof siteForTest>[2];

const missing = await missingPythons();

const RATE_PER_SECOND = 200;

/** A site under the daemon. */
const daemonSite = (options: SiteOptions, context: Context): Promise<Site> =>
  siteForTest({ supervisor: 'reloadctl', ...options }, 'serving', context);

const loadOf = (site: Site, options: Partial<LoadOptions> = {}): Promise<WatchedLoad> =>
  startWatchedLoad(site, { ratePerSecond: RATE_PER_SECOND, ...options });

/** What a command told a person, on one line. */
const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stdout + stderr).replaceAll(/\s+/g, ' ');

describe('guarantee 1 under the daemon: no request fails because of a reload', () => {
  const rows = [
    { python: 'oldest', workerClass: 'sync', preload: true, keepAlive: false },
    { python: 'newest', workerClass: 'gthread', preload: true, keepAlive: true },
    { python: 'newest', workerClass: 'sync', preload: false, keepAlive: false },
  ] as const;
  for (const row of rows) {
    const { python, workerClass, preload, keepAlive } = row;
    const title = `${python} gunicorn, ${workerClass} workers, ${preload ? 'preloaded' : 'not preloaded'}: three reloads`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await daemonSite({ ...row, workers: 3 }, context);
      const load = await loadOf(site, { keepAlive });
      for (const version of ['v2', 'v3', 'v4']) {
        const before = await lookAtServed(site);
        site.setVersion(version, { bootSeconds: 0.3 });
        const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter']);
        expect(reloaded.code, site.report()).toBe(0);
        expect(eventsOf(reloaded).at(-1)).toMatchObject({ outcome: 'done', strategy: 'overlap' });
        await load.waitMore();
        await expectSucceeded(site, before, { version, count: 3 });
      }
      const summary = await load.stopWithoutFailure();
      expect(Object.keys(summary.versions)).toEqual(['v1', 'v2', 'v3', 'v4']);
      await context.annotate(describeLoad(summary));
    });
  }
});

describe('guarantee 2 under the daemon: no request waits for the new code to boot', () => {
  test.concurrent('an app that imports for three seconds', async (context) => {
    const site = await daemonSite({ workers: 3 }, context);
    const load = await loadOf(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 3 });
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 3 });
    const summary = await load.stopWithoutFailure();
    expect(summary.maxMs - summary.maxLagMs).toBeLessThan(1500);
    await context.annotate(describeLoad(summary));
  });
});

describe('guarantee 3 under the daemon: code that does not boot changes nothing', () => {
  const cases = [
    ['an import error', { broken: 'import-error' }, /ModuleNotFoundError: No module named/, []],
    ['an app that dies soon', { broken: 'dies-after-1s' }, /ended soon after being ready|died/, []],
    ['an app that never boots', { broken: 'never-boots' }, /not seen within 3/, ['--timeout', '3']],
  ] as const;
  for (const [what, release, shows, flags] of cases) {
    test.concurrent(`${what}: refused, shown, and the old one serves`, async (context) => {
      const site = await daemonSite({ preload: what === 'an import error' }, context);
      const load = await loadOf(site, { ratePerSecond: 50 });
      const before = await lookAtServed(site);
      site.setVersion('v2', release);
      const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
      expect(reloaded.code, site.report()).toBe(10);
      expect(said(reloaded)).toMatch(shows);
      expect(said(reloaded)).toContain('the old version still serves');
      await expectUntouched(site, before);
      await load.waitMore();
      const summary = await load.running.stop();
      // A worker that dies while it answers takes that answer with it; proving it means that it serves for a moment.
      expect(summary.failed).toBeLessThanOrEqual(what === 'an app that dies soon' ? 4 : 0);
    });
  }
});

describe('under the daemon', () => {
  test.concurrent('a moved `current` is followed', async (context) => {
    const site = await daemonSite({ releases: true }, context);
    const load = await loadOf(site);
    const before = await lookAtServed(site);
    site.deployRelease('r2', 'v2');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await load.stopWithoutFailure();
  });

  test.concurrent(
    'a changed number of workers and another address take effect',
    async (context) => {
      const site = await daemonSite({}, context);
      const before = await lookAtServed(site);
      const socketPath = join(site.directory, 'new.sock');
      site.setGunicornOptions({ workers: 4, bind: `unix:${socketPath}` });
      site.setVersion('v2');
      const reloaded = await site.reloadctl(['reload', 'usercenter']);
      expect(reloaded.code, site.report()).toBe(0);
      const now = await lookAtServed(site);
      expect(now.master.pid).not.toBe(before.master.pid);
      expect(now.workers).toHaveLength(4);
      const answer = await get({ url: 'http://localhost', socketPath }, '/', 5000);
      expect(answer.version).toBe('v2');
      await expect(site.get()).rejects.toThrow(/ECONNREFUSED/);
    },
  );

  test.concurrent('a hard restart lets requests wait and refuses none', async (context) => {
    const site = await daemonSite({}, context);
    const load = await loadOf(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 1 });
    const restarted = await site.reloadctl(['restart', '--hard', 'usercenter']);
    expect(restarted.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('a master that is KILLed comes back, and no request fails', async (context) => {
    const site = await daemonSite({}, context);
    const load = await loadOf(site);
    const before = await lookAtServed(site);
    site.setVersion('v2');
    signalProcess(before.master, 'SIGKILL');
    await waitFor('another master to serve', async () => {
      const { pid, state } = await site.program();
      return (pid !== before.supervisedPid && state === 'RUNNING') || undefined;
    });
    await load.waitMore(200);
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await load.stopWithoutFailure();
  });

  test.concurrent('Ctrl-C while the successor boots takes it back', async (context) => {
    const site = await daemonSite({}, context);
    const load = await loadOf(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 3 });
    const reload = startReloadctl(site, ['reload', 'usercenter']);
    await reload.waitForStep('successor-boots');
    await reload.signal('SIGINT');
    const ended = await reload.ended;
    expect(ended.code, site.report()).toBe(130);
    await expectUntouched(site, before);
    await load.waitMore();
    const summary = await load.stopWithoutFailure();
    expect(Object.keys(summary.versions)).toEqual(['v1']);
  });

  test.concurrent(
    'kill -9 of reloadctl harms nothing, and the next run tidies',
    async (context) => {
      const site = await daemonSite({}, context);
      const load = await loadOf(site);
      const before = await lookAtServed(site);
      site.setVersion('v2', { bootSeconds: 2 });
      const reload = startReloadctl(site, ['reload', 'usercenter']);
      await reload.waitForStep('successor-holds');
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
    },
  );

  test.concurrent('requests that are cut off are counted', async (context) => {
    const site = await daemonSite({ gracefulTimeoutSecs: 2 }, context);
    const slow = site.get('/slow?seconds=8', 20_000).then(
      () => 'answered',
      () => 'cut off',
    );
    await waitFor('the slow request to be under way', async () => {
      const answer = await site.get('/');
      return answer.status === 200 || undefined;
    });
    site.setVersion('v2');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(11);
    expect(said(reloaded)).toMatch(/KILLed/);
    expect(await slow).toBe('cut off');
  });
});

describe('the command line', () => {
  test.concurrent('shows the plan, the result and what runs', async (context) => {
    const site = await daemonSite({ preload: true }, context);
    const plan = await site.reloadctl(['plan', 'reload', 'usercenter']);
    expect(plan.code).toBe(0);
    expect(said(plan)).toContain('the supervisor owns the listening sockets');
    expect(said(plan)).toContain('have the supervisor start a successor of usercenter');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(said(reloaded)).toMatch(/usercenter: reloaded \(overlap, 2 workers, [\d.]+ s\)/);
    const status = await site.reloadctl(['status', '--long', 'usercenter']);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/usercenter +RUNNING +gunicorn/);
  });

  test.concurrent('refuses overlap under a stock supervisord, with the reason', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', 'overlap']);
    expect(reloaded.code).toBe(2);
    expect(said(reloaded)).toContain('this supervisor does not own the listening sockets');
  });

  test.concurrent('refuses overlap where the sockets are off, with the reason', async (context) => {
    const extraConf = '[reloadctl:usercenter]\nsocket=off\n';
    const site = await daemonSite({ extraConf }, context);
    const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', 'overlap']);
    expect(reloaded.code, site.report()).toBe(2);
    expect(said(reloaded)).toMatch(/socket/);
    const plain = await site.reloadctl(['--json', 'reload', 'usercenter']);
    expect(plain.code, site.report()).toBe(0);
    expect(eventsOf(plain).at(-1)).toMatchObject({ strategy: 'bridge' });
  });
});
