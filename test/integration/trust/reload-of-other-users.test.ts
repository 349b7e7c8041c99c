import { chmodSync, lstatSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { PATIENT } from '../../rig/load.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import type { User } from '../../rig/users.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { expectReplaced, lookAtServed } from '../reload/support/served.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// The border costs nobody a request: root reloads the program of another user, by every strategy for gunicorn.

const missing = await missingPythons();

/** What the program leaves in its directory, as its user has made it. */
function ownedFiles(site: Site): Readonly<Record<string, unknown>> {
  const names = ['usercenter.pid', 'usercenter.sock', '.gunicorn/gunicorn.ctl'];
  return Object.fromEntries(
    names
      .filter((name) => existsSync(join(site.directory, name)))
      .map((name) => {
        const { uid, gid, mode } = lstatSync(join(site.directory, name));
        return [name, { uid, gid, mode: mode.toString(8) }];
      }),
  );
}

async function expectRight(
  site: Site,
  user: User,
  before: ReturnType<typeof ownedFiles>,
): Promise<void> {
  const after = ownedFiles(site);
  expect(after).toEqual(before);
  for (const each of Object.values(after)) expect(each).toMatchObject({ uid: user.uid });
  const { master } = await lookAtServed(site);
  expect(readFileSync(join(site.directory, 'usercenter.pid'), 'utf8').trim()).toBe(
    String(master.pid),
  );
  const left = await site.run(['find', '.', '-name', '*.reloadctl*', '-o', '-name', '*.pid.2']);
  expect(left.stdout).toBe('');
}

describeWithAccounts('root reloads the program of another user', ({ alice }) => {
  for (const python of combinations(['newest', 'oldest'])) {
    it.skipIf(missing.has(python)).for(['bridge', 'rolling'])(
      `${python} gunicorn by %s under 200 requests a second: none fails, and its files stay its own`,
      async (strategy, context) => {
        const site = await siteForTest({ python, user: alice, bind: 'unix' }, 'serving', context);
        chmodSync(site.directory, 0o755);
        const files = ownedFiles(site);
        const names = ['usercenter.pid', 'usercenter.sock'];
        expect(Object.keys(files)).toEqual(
          python === 'newest' ? [...names, '.gunicorn/gunicorn.ctl'] : names,
        );
        const load = await startWatchedLoad(site, { ratePerSecond: 200, ...PATIENT });
        for (const version of ['v2', 'v3']) {
          const before = await lookAtServed(site);
          site.setVersion(version);
          const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy]);
          expect(reloaded.code, site.report()).toBe(0);
          await expectReplaced(site, before, { version, count: 2 });
          await expectRight(site, alice, files);
        }
        await load.waitMore();
        await context.annotate(describeLoad(await load.stopWithoutFailure()));
      },
    );
  }
});
