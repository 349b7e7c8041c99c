import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { SiteOptions } from '../../rig/site.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectServedBy, expectUntouched, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

/** What reloadctl told a person. */
const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  // Lines are wrapped for the reader.
  (stdout + stderr).replaceAll(/\s+/g, ' ');

describe('guarantee 10: it never reloads the wrong release', () => {
  const traps: ReadonlyArray<{
    readonly what: string;
    readonly python: 'newest' | 'oldest';
    readonly options: SiteOptions;
    readonly says: readonly string[];
  }> = [
    {
      what: 'a preloaded app',
      python: 'newest',
      options: { preload: true },
      says: ['preload_app', '--allow-downtime'],
    },
    {
      what: 'a preloaded app',
      python: 'oldest',
      options: { preload: true },
      says: ['preload_app', '--allow-downtime'],
    },
    {
      what: 'a moved `current`',
      python: 'newest',
      options: { releases: true },
      says: ['releases/r1', 'releases/r2', '--chdir', 'environment=PWD=', '--allow-downtime'],
    },
    {
      what: 'a moved `current`',
      python: 'oldest',
      options: { releases: true },
      says: ['releases/r1', 'releases/r2', '--chdir', 'environment=PWD=', '--allow-downtime'],
    },
  ];

  for (const { what, python, options, says } of combinations(traps)) {
    const title = `${python} gunicorn, ${what}: refused with the remedy, and --allow-downtime restarts it`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await siteForTest({ python, ...options }, 'serving', context);
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      if (options.releases === true) site.deployRelease('r2', 'v2');
      else site.setVersion('v2');
      for (const flags of [[], ['--strategy', 'rolling'], ['--strategy', 'hup']]) {
        const refused = await site.reloadctl(['reload', 'usercenter', ...flags]);
        expect(refused.code, said(refused)).toBe(10);
        for (const words of says) expect(said(refused)).toContain(words);
      }
      await expectUntouched(site, before);
      await load.waitMore();
      await load.stopWithoutFailure();

      const allowed = await site.reloadctl(['reload', 'usercenter', '--allow-downtime']);
      expect(allowed.code, site.report()).toBe(0);
      expect(said(allowed)).toContain('requests are refused between stop and start');
      expect((await lookAtServed(site)).master.pid).not.toBe(before.master.pid);
      await expectServedBy(site, 'v2', await site.workers());
    });
  }

  const ways: ReadonlyArray<{ readonly what: string; readonly options: SiteOptions }> = [
    {
      what: '--chdir with the link on the command',
      options: {
        programOptions: { command: 'gunicorn -c gunicorn.py --chdir %(here)s/current wsgi:app' },
      },
    },
    {
      what: 'PWD with the link in environment=',
      options: { environment: { PWD: '%(here)s/current' } },
    },
  ];

  for (const { what, options } of ways) {
    for (const { python, strategy } of [
      { python: 'newest', strategy: 'bridge' },
      { python: 'oldest', strategy: 'rolling' },
    ] as const) {
      const title = `${python} gunicorn, ${what}: ${strategy} loads the new release`;
      test.skipIf(missing.has(python)).concurrent(title, async (context) => {
        const site = await siteForTest({ python, releases: true, ...options }, 'serving', context);
        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site);
        site.deployRelease('r2', 'v2');
        const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy]);
        expect(reloaded.code, site.report()).toBe(0);
        await expectReplaced(site, before, { version: 'v2', count: 2 });
        await load.waitMore();
        await load.stopWithoutFailure();
      });
    }
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'broken code behind a moved link is refused, and what is shown comes from the new release',
      async (context) => {
        const options = { releases: true, environment: { PWD: '%(here)s/current' } };
        const site = await siteForTest(options, 'serving', context);
        const before = await lookAtServed(site);
        site.deployRelease('r2', 'v2', { broken: 'import-error' });
        for (const strategy of ['bridge', 'rolling']) {
          const refused = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy]);
          expect(refused.code, site.report()).toBe(10);
          expect(said(refused)).toContain('usercenter_module_that_is_not_installed');
        }
        await expectUntouched(site, before);
      },
    );
});
