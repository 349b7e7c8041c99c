import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, lookAtServed } from './support/served.ts';
import { describeLoad, startWatchedLoad } from './support/under-load.ts';

const BOOT_SECONDS = 0.5;

const WAYS = [
  { way: 'bridge', flags: ['--strategy', 'bridge'] },
  { way: 'rolling, surge 1', flags: ['--strategy', 'rolling', '--surge', '1'] },
  { way: 'rolling, surge all', flags: ['--strategy', 'rolling', '--surge', '100%'] },
] as const;

/** The oldest is never left out of the first guarantee. */
const OLDEST = { python: 'oldest', workerClass: 'sync', keepAlive: false } as const;

const ROWS = [
  { python: 'oldest', workerClass: 'gthread', keepAlive: true },
  { python: 'oldest', workerClass: 'gevent', keepAlive: false },
  { python: 'newest', workerClass: 'sync', keepAlive: false },
  { python: 'newest', workerClass: 'gthread', keepAlive: true },
  { python: 'newest', workerClass: 'gevent', keepAlive: true },
] as const;

const missing = await missingPythons();

describe('guarantee 1: no request fails because of a reload', () => {
  for (const row of [OLDEST, ...combinations(ROWS)]) {
    const { python, workerClass, keepAlive } = row;
    const title = `${python} gunicorn, ${workerClass} workers, keep-alive ${keepAlive ? 'on' : 'off'}: bridge, rolling by one, rolling all at once`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const options = {
        ...row,
        settle: 'as-shipped',
        workers: 3,
        bootSeconds: BOOT_SECONDS,
      } as const;
      const site = await siteForTest(options, 'serving', context);
      const load = await startWatchedLoad(site, { keepAlive });
      for (const [index, { way, flags }] of WAYS.entries()) {
        const version = `v${index + 2}`;
        const before = await lookAtServed(site);
        site.setVersion(version, { bootSeconds: BOOT_SECONDS });
        const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
        expect(reloaded, way).toMatchObject({ code: 0 });
        const { startedAtEpochMs } = await load.running.snapshot();
        const endedAtMs = Date.now() - startedAtEpochMs;

        await expectReplaced(site, before, { version, count: 3 });
        const seen = await load.waitMore();
        expect(seen.versions[`v${index + 1}`]?.lastAtMs, `${way}: last old answer`).toBeLessThan(
          endedAtMs,
        );
        await context.annotate(`${way}: ${Math.round(reloaded.elapsedMs)} ms`);
      }
      const summary = await load.stopWithoutFailure();
      expect(Object.keys(summary.versions)).toEqual(['v1', 'v2', 'v3', 'v4']);
      await context.annotate(describeLoad(summary));
    });
  }

  // gunicorn 20 does not tell clients of a gevent worker that is to end: as long as they use their connections it goes on serving them.
  test
    .skipIf(missing.has('oldest'))
    .concurrent(
      'oldest gunicorn, gevent workers, keep-alive on: connections that are never idle end with graceful_timeout',
      async (context) => {
        const options = {
          settle: 'as-shipped',
          python: 'oldest',
          workerClass: 'gevent',
          gracefulTimeoutSecs: 3,
        } as const;
        const site = await siteForTest(options, 'serving', context);
        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site, { keepAlive: true });
        site.setVersion('v2');
        const reloaded = await site.reloadctl(['reload', 'usercenter']);
        expect(reloaded.code, site.report()).toBe(11);
        await expectReplaced(site, before, { version: 'v2', count: 2 });
        await load.waitMore();
        await context.annotate(describeLoad(await load.stopWithoutFailure()));
      },
    );
});
