import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { PATIENT } from '../../rig/load.ts';
import { builtCli } from '../../rig/cli.ts';
import { isAlive, signalProcess } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { SiteOptions } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const missing = await missingPythons();
const command = `${process.execPath} ${await builtCli()} run -- gunicorn -c gunicorn.py wsgi:app`;

/** A site whose command goes through `reloadctl run`, under the real supervisord. */
function optionsOf(options: SiteOptions): SiteOptions {
  const { programOptions = {}, ...others } = options;
  return { ...others, programOptions: { command, ...programOptions } };
}

const RATE = { ratePerSecond: 200, ...PATIENT };

describe('reloadctl run under the real supervisord', () => {
  for (const python of combinations(['newest', 'oldest'])) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn, preloaded: reload puts the new code in service, no request fails`,
        async (context) => {
          const site = await siteForTest(optionsOf({ python, preload: true }), 'serving', context);
          const before = await site.program();
          const load = await startWatchedLoad(site, RATE);
          site.setVersion('v2');
          const reloaded = await site.reloadctl(['reload', 'usercenter']);
          expect(reloaded.code, reloaded.stderr).toBe(0);
          expect(reloaded.stdout).toContain('reloaded (overlap, 2 workers');
          await load.waitMore();
          await context.annotate(describeLoad(await load.stopWithoutFailure()));
          expect((await site.get('/')).version).toBe('v2');
          // The supervisor notices nothing.
          expect(await site.program()).toMatchObject({ state: 'RUNNING', pid: before.pid });
        },
      );
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'HUP reloads a preloaded application that boots for 3 s, no request fails',
      async (context) => {
        const site = await siteForTest(
          optionsOf({ preload: true, bootSeconds: 3 }),
          'serving',
          context,
        );
        const old = await site.master();
        const load = await startWatchedLoad(site, RATE);
        site.setVersion('v2', { bootSeconds: 3 });
        expect((await site.supervisorctl(['signal', 'HUP', 'usercenter'])).code).toBe(0);
        await waitFor(
          'the old master to be gone and the new version to serve',
          async () => (!isAlive(old) && (await site.get('/')).version === 'v2' ? true : undefined),
          { ceilingMs: 60_000 },
        );
        await load.waitMore();
        await context.annotate(describeLoad(await load.stopWithoutFailure()));
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'broken code is refused with exit 10, and the old version serves',
      async (context) => {
        const site = await siteForTest(optionsOf({ preload: true }), 'serving', context);
        const old = await site.master();
        const load = await startWatchedLoad(site);
        site.setVersion('v2', { broken: 'import-error' });
        const refused = await site.reloadctl(['reload', 'usercenter']);
        expect(refused.code, refused.stderr).toBe(10);
        await load.waitMore();
        await load.stopWithoutFailure();
        expect((await site.get('/')).version).toBe('v1');
        expect(isAlive(old)).toBe(true);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a moved symlink is followed from --directory, no request fails',
      async (context) => {
        const behindLink = command.replace(' run ', ' run --directory %(here)s/current ');
        const site = await siteForTest(
          optionsOf({ releases: true, preload: true, programOptions: { command: behindLink } }),
          'serving',
          context,
        );
        const load = await startWatchedLoad(site);
        site.deployRelease('r2', 'v2');
        const reloaded = await site.reloadctl(['reload', 'usercenter']);
        expect(reloaded.code, reloaded.stderr).toBe(0);
        await load.waitMore();
        await load.stopWithoutFailure();
        expect((await site.get('/')).version).toBe('v2');
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a moved symlink of which it does not know is refused with exit 10, and the old version serves',
      async (context) => {
        const site = await siteForTest(optionsOf({ releases: true }), 'serving', context);
        const load = await startWatchedLoad(site);
        site.deployRelease('r2', 'v2');
        const refused = await site.reloadctl(['reload', 'usercenter']);
        expect(refused.code, refused.stderr).toBe(10);
        expect(refused.stderr).toMatch(/would\s+load\s+the\s+old\s+release\s+again/);
        await load.waitMore();
        await load.stopWithoutFailure();
        expect((await site.get('/')).version).toBe('v1');
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent('stop lets a request in flight end, and leaves nothing behind', async (context) => {
      const site = await siteForTest(optionsOf({}), 'serving', context);
      const slow = site.get('/slow?seconds=3', 30_000);
      await site.get('/'); // Accepted later: by now somebody is at work on the slow one.
      const stopped = await site.supervisorctl(['stop', 'usercenter']);
      expect(stopped.stdout).toContain('usercenter: stopped');
      expect(await slow).toMatchObject({ status: 200, version: 'v1' });
      expect(site.processes().filter(({ argv }) => argv.join(' ').includes('wsgi:app'))).toEqual(
        [],
      );
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'when it is KILLed, what it ran ends as well, and the supervisor starts both again',
      async (context) => {
        const site = await siteForTest(optionsOf({}), 'serving', context);
        const { pid } = await site.program();
        const old = await site.master();
        const run = site.processes().find((each) => each.pid === pid);
        if (run === undefined) throw new Error('nothing runs');
        signalProcess(run, 'SIGKILL');
        await waitFor('the old master to end', () => (isAlive(old) ? undefined : true), {
          ceilingMs: 30_000,
        });
        await waitFor(
          'another master to serve',
          async () =>
            (await site.program()).pid !== pid && (await site.get('/')).status === 200
              ? true
              : undefined,
          { ceilingMs: 60_000 },
        );
        expect((await site.master()).pid).not.toBe(old.pid);
      },
    );
});
