import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { startReloadctl } from './support/background.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectUntouched, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

const WORKERS = 2;

describe('guarantee 8: an interrupted reload leaves the service serving', () => {
  test.skipIf(missing.has('newest')).concurrent.for([
    { signal: 'SIGINT', code: 130, strategy: 'bridge', step: 'bridge-boots' },
    { signal: 'SIGTERM', code: 143, strategy: 'bridge', step: 'bridge-holds' },
    { signal: 'SIGINT', code: 130, strategy: 'rolling', step: 'preflight' },
  ] as const)(
    '$signal while $strategy is at $step: taken back, served as before, exit $code',
    async ({ signal, code, strategy, step }, context) => {
      const site = await siteForTest(
        { settle: 'as-shipped', workers: WORKERS },
        'serving',
        context,
      );
      const load = await startWatchedLoad(site);
      const before = await lookAtServed(site);
      site.setVersion('v2', { bootSeconds: 1 });
      const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', strategy]);
      await reload.waitForStep(step);
      await reload.signal(signal);
      const ended = await reload.ended;

      expect(ended.code, site.report()).toBe(code);
      expect(eventsOf(ended).at(-1)).toMatchObject({ outcome: 'interrupted', exitCode: code });
      await expectUntouched(site, before);
      await load.waitMore();
      await load.stopWithoutFailure();
      expect((await site.get()).version).toBe('v1');
    },
  );

  test.skipIf(missing.has('newest')).concurrent.for([
    { signal: 'SIGINT', code: 130, strategy: 'bridge', step: 'new-workers' },
    { signal: 'SIGTERM', code: 143, strategy: 'bridge', step: 'retire-bridge' },
    { signal: 'SIGTERM', code: 143, strategy: 'rolling', step: 'surge' },
  ] as const)(
    '$signal while $strategy is at $step: carried through, the new version serves, exit $code',
    async ({ signal, code, strategy, step }, context) => {
      const site = await siteForTest(
        { settle: 'as-shipped', workers: WORKERS },
        'serving',
        context,
      );
      const load = await startWatchedLoad(site);
      const before = await lookAtServed(site);
      site.setVersion('v2', { bootSeconds: 0.5 });
      const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', strategy]);
      await reload.waitForStep(step);
      await reload.signal(signal);
      const ended = await reload.ended;

      expect(ended.code, site.report()).toBe(code);
      await expectReplaced(site, before, { version: 'v2', count: WORKERS });
      await load.stopWithoutFailure();
    },
  );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a second Ctrl-C ends it at once, and the next reload tidies up',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', workers: WORKERS },
          'serving',
          context,
        );
        const load = await startWatchedLoad(site);
        const before = await lookAtServed(site);
        site.setVersion('v2', { bootSeconds: 3 });
        const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', 'bridge']);
        await reload.waitForStep('new-workers');
        await reload.signal('SIGINT');
        await reload.waitForEvent('interrupted', ({ event }) => event === 'interrupted');
        const secondAt = performance.now();
        await reload.signal('SIGINT');
        const ended = await reload.ended;

        expect(ended.code, site.report()).toBe(130);
        expect(performance.now() - secondAt).toBeLessThan(1500);
        site.setVersion('v3');
        expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code: 0 });
        await expectReplaced(site, before, { version: 'v3', count: WORKERS });
        await load.stopWithoutFailure();
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a second Ctrl-C while nothing was touched yet ends it at once',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', workers: WORKERS },
          'serving',
          context,
        );
        const load = await startWatchedLoad(site);
        const before = await lookAtServed(site);
        site.setVersion('v2', { broken: 'never-boots' });
        const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', 'bridge']);
        await reload.waitForStep('bridge-boots');
        await reload.signal('SIGINT');
        // The bridge's workers do not end when they are asked to, so the undoing waits.
        await reload.waitForStep('undo-bridge');
        await reload.signal('SIGINT');
        expect(await reload.ended).toMatchObject({ code: 130 });

        site.setVersion('v3');
        expect((await site.reloadctl(['reload', 'usercenter'])).code, site.report()).toBe(0);
        await expectReplaced(site, before, { version: 'v3', count: WORKERS });
        await load.stopWithoutFailure();
      },
    );
});
