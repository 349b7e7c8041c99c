import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { signalProcess } from '../../rig/processes.ts';
import { get } from '../../rig/site/get.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { overlapSite, said, startFullLoad } from './support/overlapping.ts';
import { expectUntouched, lookAtServed } from './support/served.ts';
import { expectSucceeded } from './support/succeeded.ts';
import { describeLoad } from './support/under-load.ts';

const missing = await missingPythons();

describe('guarantee 1 under the daemon: no request fails because of a reload', () => {
  const rows = [
    { python: 'oldest', workerClass: 'sync', preload: true, keepAlive: false },
    { python: 'newest', workerClass: 'gthread', preload: true, keepAlive: true },
  ] as const;
  for (const row of rows) {
    const { python, workerClass, keepAlive } = row;
    const title = `${python} gunicorn, ${workerClass} workers, preloaded: two reloads`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await overlapSite({ ...row, workers: 3 }, context);
      const load = await startFullLoad(site, { keepAlive });
      for (const version of ['v2', 'v3']) {
        const before = await lookAtServed(site);
        site.setVersion(version, { bootSeconds: 0.3 });
        const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter']);
        expect(reloaded.code, site.report()).toBe(0);
        expect(eventsOf(reloaded).at(-1)).toMatchObject({ outcome: 'done', strategy: 'overlap' });
        await load.waitMore();
        await expectSucceeded(site, before, { version, count: 3 });
      }
      const summary = await load.stopWithoutFailure();
      expect(Object.keys(summary.versions)).toEqual(['v1', 'v2', 'v3']);
      await context.annotate(describeLoad(summary));
    });
  }

  test.concurrent('a moved `current` is followed', async (context) => {
    const site = await overlapSite({ releases: true }, context);
    const load = await startFullLoad(site);
    const before = await lookAtServed(site);
    site.deployRelease('r2', 'v2');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent(
    'another number of workers and one address more; then the first address is given up',
    async (context) => {
      const site = await overlapSite({}, context);
      const socketPath = join(site.directory, 'new.sock');
      const before = await lookAtServed(site);
      const onFirst = await startFullLoad(site);
      const both = [new URL(site.endpoint.url).host, `unix:${socketPath}`];
      site.setGunicornOptions({ workers: 4, bind: both });
      site.setVersion('v2');
      const added = await site.reloadctl(['reload', 'usercenter']);
      expect(added.code, site.report()).toBe(0);
      await onFirst.waitMore();
      const between = await expectSucceeded(site, before, { version: 'v2', count: 4 });
      await context.annotate(describeLoad(await onFirst.stopWithoutFailure()));

      const onSecond = await startFullLoad(site, { socketPath });
      site.setGunicornOptions({ workers: 1, bind: `unix:${socketPath}` });
      site.setVersion('v3');
      const moved = await site.reloadctl(['reload', 'usercenter']);
      expect(moved.code, site.report()).toBe(0);
      await onSecond.waitMore();
      await context.annotate(describeLoad(await onSecond.stopWithoutFailure()));
      const now = await lookAtServed(site);
      expect(now.master.pid).not.toBe(between.master.pid);
      expect(now.workers).toHaveLength(1);
      const answer = await get({ url: 'http://localhost', socketPath }, '/', 5000);
      expect(answer.version).toBe('v3');
      await expect(site.get()).rejects.toThrow(/ECONNREFUSED/);
    },
  );
});

describe('guarantee 2 under the daemon: no request waits for the new code to boot', () => {
  test.concurrent('an app that imports for three seconds', async (context) => {
    const site = await overlapSite({ workers: 3 }, context);
    const load = await startFullLoad(site);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 3 });
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 3 });
    const summary = await load.stopWithoutFailure();
    expect(summary.longestGapMs - summary.maxLagMs).toBeLessThan(1500);
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
      const preload = what === 'an import error';
      const site = await overlapSite({ preload, gracefulTimeoutSecs: 3 }, context);
      const load = await startFullLoad(site);
      const before = await lookAtServed(site);
      site.setVersion('v2', release);
      const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
      expect(reloaded.code, site.report()).toBe(10);
      expect(said(reloaded)).toMatch(shows);
      expect(said(reloaded)).toContain('the old version still serves');
      await expectUntouched(site, before);
      await load.waitMore();
      const summary = await load.running.stop();
      await context.annotate(describeLoad(summary));
      // A worker that dies while it answers takes that answer with it; proving it means that it serves for a moment.
      expect(summary.failed).toBeLessThanOrEqual(what === 'an app that dies soon' ? 4 : 0);
      expect(summary.refused).toBe(0);
    });
  }
});

describe('the daemon holds the sockets', () => {
  test.concurrent('a hard restart lets requests wait and refuses none', async (context) => {
    const site = await overlapSite({}, context);
    // All of them wait in the backlog.
    const load = await startFullLoad(site, { mostInFlight: 1000 });
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 1 });
    const restarted = await site.reloadctl(['restart', '--hard', 'usercenter']);
    expect(restarted.code, site.report()).toBe(0);
    await load.waitMore();
    await expectSucceeded(site, before, { version: 'v2', count: 2 });
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  for (const python of combinations(['oldest', 'newest'])) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn whose master is KILLed: no request fails`,
        async (context) => {
          const site = await overlapSite({ python }, context);
          const load = await startFullLoad(site);
          const before = await lookAtServed(site);
          site.setVersion('v2', { bootSeconds: 0.5 });
          signalProcess(before.master, 'SIGKILL');
          await waitFor('another master to serve', async () => {
            const { pid, state } = await site.program();
            return (pid !== before.supervisedPid && state === 'RUNNING') || undefined;
          });
          await load.waitMore(200);
          await expectSucceeded(site, before, { version: 'v2', count: 2 });
          await context.annotate(describeLoad(await load.stopWithoutFailure()));
        },
      );
  }

  test.concurrent(
    'an old master that hangs is KILLed, and its workers go with it',
    async (context) => {
      const programOptions = { stopwaitsecs: 2 };
      const site = await overlapSite({ gracefulTimeoutSecs: 2, programOptions }, context);
      const before = await lookAtServed(site);
      site.setVersion('v2');
      signalProcess(before.master, 'SIGSTOP');
      const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter']);
      expect(reloaded.code, site.report()).toBe(11);
      const killed = eventsOf(reloaded).filter(({ event }) => event === 'killed');
      const { pid } = before.master;
      expect(killed).toMatchObject([{ pid, role: 'old-instance', by: 'supervisor' }]);
      await expectSucceeded(site, before, { version: 'v2', count: 2 });
    },
  );

  test.concurrent('requests that are cut off are counted', async (context) => {
    const site = await overlapSite({ gracefulTimeoutSecs: 2 }, context);
    const slow = site.get('/slow?seconds=90', 100_000).then(
      () => 'answered',
      () => 'cut off',
    );
    // An answer to a later request says that the earlier one has been accepted: accept(2) takes them in order.
    await site.get('/');
    site.setVersion('v2');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(11);
    expect(said(reloaded)).toMatch(/KILLed/);
    expect(await slow).toBe('cut off');
  });
});
