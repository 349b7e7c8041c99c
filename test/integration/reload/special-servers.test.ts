import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import type { PythonName } from '../../rig/python.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { SiteOptions } from '../../rig/site.ts';
import { missingPythons } from './support/missing-pythons.ts';
import {
  expectOnlyServers,
  expectReplaced,
  expectServedBy,
  expectUntouched,
  lookAtServed,
} from './support/served.ts';
import { describeLoad, startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

const WAYS = [
  ['--strategy', 'bridge'],
  ['--strategy', 'rolling', '--surge', '1'],
] as const;

const KINDS: ReadonlyArray<{
  readonly what: string;
  readonly pythons: readonly PythonName[];
  readonly options: SiteOptions;
}> = [
  { what: 'a unix socket', pythons: ['newest', 'oldest'], options: { bind: 'unix' } },
  { what: 'a single worker', pythons: ['newest', 'oldest'], options: { workers: 1 } },
  { what: 'no pid file', pythons: ['newest'], options: { gunicornOptions: { pidfile: null } } },
  {
    what: 'a group of another name',
    pythons: ['oldest'],
    options: { extraConf: '[group:web]\nprograms=usercenter' },
  },
];

describe('guarantee 1: no request fails because of a reload, also with', () => {
  for (const { what, pythons, options } of KINDS) {
    for (const python of combinations(pythons)) {
      test
        .skipIf(missing.has(python))
        .concurrent(`${what} (${python} gunicorn)`, async (context) => {
          const site = await siteForTest({ python, ...options }, 'serving', context);
          const count = options.workers ?? 2;
          const load = await startWatchedLoad(site);
          const target = options.extraConf === undefined ? 'usercenter' : 'web:usercenter';
          for (const [index, flags] of WAYS.entries()) {
            const before = await lookAtServed(site);
            const version = `v${index + 2}`;
            site.setVersion(version, { bootSeconds: 0.3 });
            const reloaded = await site.reloadctl(['reload', target, ...flags]);
            expect(reloaded.code, site.report()).toBe(0);
            await expectReplaced(site, before, { version, count });
          }
          await load.waitMore();
          await context.annotate(describeLoad(await load.stopWithoutFailure()));
        });
    }
  }

  for (const python of combinations(['newest', 'oldest'])) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `max_requests, so that workers come and go (${python} gunicorn)`,
        async (context) => {
          // Some three seconds of this load for each worker, which is several times its boot.
          const gunicornOptions = { max_requests: 50, max_requests_jitter: 20 };
          const site = await siteForTest(
            { python, workers: 3, gunicornOptions },
            'serving',
            context,
          );
          const load = await startWatchedLoad(site);
          for (const [index, flags] of WAYS.entries()) {
            const before = await lookAtServed(site);
            const version = `v${index + 2}`;
            site.setVersion(version, { bootSeconds: 0.3 });
            const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
            expect(reloaded.code, site.report()).toBe(0);
            const now = await lookAtServed(site);
            expect(now.master.pid).toBe(before.master.pid);
            await expectOnlyServers(site);
          }
          await load.waitMore();
          const summary = await load.stopWithoutFailure();
          expect(Object.keys(summary.versions)).toEqual(['v1', 'v2', 'v3']);
          await context.annotate(describeLoad(summary));
          await expectServedBy(site, 'v3', await site.workers());
        },
      );
  }

  test.skipIf(missing.has('oldest')).concurrent('reuse_port (oldest gunicorn)', async (context) => {
    const gunicornOptions = { reuse_port: true };
    const site = await siteForTest({ python: 'oldest', gunicornOptions }, 'serving', context);
    const before = await lookAtServed(site);
    const load = await startWatchedLoad(site);
    site.setVersion('v2');
    expect((await site.reloadctl(['reload', 'usercenter'])).code, site.report()).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: 2 });
    await load.waitMore();
    await load.stopWithoutFailure();
  });

  // Newer ones bind in each worker: the kernel resets what waits at a socket that is closed, so nobody can promise anything, and a second
  // master dies of the sockets that it does not inherit.
  test
    .skipIf(missing.has('newest'))
    .concurrent('reuse_port (newest gunicorn), since a bridge is refused', async (context) => {
      const gunicornOptions = { reuse_port: true };
      const site = await siteForTest({ gunicornOptions }, 'serving', context);
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      site.setVersion('v2');
      expect((await site.reloadctl(['reload', 'usercenter'])).code, site.report()).toBe(10);
      await expectUntouched(site, before);
      await load.waitMore();
      await load.stopWithoutFailure();
    });
});
