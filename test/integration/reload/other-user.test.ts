import { chmodSync } from 'node:fs';
import { describe, expect, test, type TestContext } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { pythonEnvironment } from '../../rig/python.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { setKeys } from '../../rig/site/ini-edit.ts';
import { createSite, type Site, type SiteOptions } from '../../rig/site.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { eventsOf, signalsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectUntouched, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

const user = ordinaryUser();
const newest = missing.has('newest') ? undefined : await pythonEnvironment('newest');
const canRun = user !== undefined && newest?.ok === true && newest.isShared;
if (!canRun) {
  console.error(
    'skipped: reloads by another user: not root, or Python is not executable by others',
  );
}

/** A site whose supervisor lets everybody in. */
async function startOpenSite(
  context: Pick<TestContext, 'onTestFailed' | 'onTestFinished'>,
  options: SiteOptions,
): Promise<Site> {
  const site = await createSite(options);
  context.onTestFailed(() => {
    console.error(site.report());
  });
  context.onTestFinished(() => stopSite(site));
  chmodSync(site.directory, 0o755);
  site.editConfiguration((text) => setKeys(text, 'unix_http_server', { chmod: '0777' }));
  await site.start();
  return site;
}

describe.skipIf(!canRun)('who may reload (needs root)', () => {
  for (const python of combinations(['newest', 'oldest'])) {
    test.concurrent(
      `${python} gunicorn of root, by somebody who may only talk to the supervisor: rolling through the supervisor`,
      async (context) => {
        const site = await startOpenSite(context, { python });
        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site);
        site.setVersion('v2', { bootSeconds: 0.3 });
        const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter'], { user });

        expect(reloaded.code, site.report()).toBe(0);
        const plan = eventsOf(reloaded)[0]?.plan as { notes: ReadonlyArray<{ code: string }> };
        expect(plan.notes.map(({ code }) => code)).toContain('supervisor-signals-only');
        expect(new Set(signalsOf(reloaded))).toEqual(new Set(['SIGTTIN master', 'SIGTTOU master']));
        await expectReplaced(site, before, { version: 'v2', count: 2 });
        await load.waitMore();
        await load.stopWithoutFailure();
      },
    );

    test.concurrent(
      `${python} gunicorn of root, by such a user: broken code is refused, and a bridge is not possible`,
      async (context) => {
        const site = await startOpenSite(context, { python });
        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site);
        site.setVersion('v2', { broken: 'import-error' });
        const broken = await site.reloadctl(['reload', 'usercenter'], { user });
        expect(broken.code, site.report()).toBe(10);
        expect(broken.stdout + broken.stderr).toContain('usercenter_module_that_is_not_installed');

        site.setVersion('v3');
        for (const strategy of ['bridge']) {
          const refused = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy], {
            user,
          });
          expect(refused.code, site.report()).toBe(1);
          expect((refused.stdout + refused.stderr).replaceAll(/\s+/g, ' ')).toContain(
            `user ${user?.name} may not signal process ${before.master.pid}`,
          );
        }
        await expectUntouched(site, before);
        await load.waitMore();
        await load.stopWithoutFailure();
      },
    );
  }

  test.concurrent(
    'root reloads what runs as somebody else, and boots its code as that user',
    async (context) => {
      const site = await startOpenSite(context, { user });
      const load = await startWatchedLoad(site);
      for (const [index, strategy] of ['bridge', 'rolling'].entries()) {
        const before = await lookAtServed(site);
        const version = `v${index + 2}`;
        site.setVersion(version);
        const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy]);
        expect(reloaded.code, site.report()).toBe(0);
        await expectReplaced(site, before, { version, count: 2 });
      }
      // The code's files are the user's: a preflight by root would have left files of root among them.
      const ofRoot = await site.run([
        'find',
        '.',
        '-path',
        './state-0',
        '-prune',
        '-o',
        '-uid',
        '0',
        '-newer',
        'version',
        '-print',
      ]);
      expect(ofRoot.stdout).toBe('');
      await load.waitMore();
      await load.stopWithoutFailure();
    },
  );

  test.concurrent(
    'a user reloads what runs as himself under a supervisor of his own',
    async (context) => {
      const site = await createSite({ runAs: user });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      await site.start();
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      site.setVersion('v2');
      const reloaded = await site.reloadctl(['reload', 'usercenter'], { user });
      expect(reloaded.code, site.report()).toBe(0);
      await expectReplaced(site, before, { version: 'v2', count: 2 });
      await load.waitMore();
      await load.stopWithoutFailure();
    },
  );
});
