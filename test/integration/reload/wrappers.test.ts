import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSite } from '../../rig/site.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { setproctitlePath } from './support/setproctitle.ts';
import { expectReplaced, expectUntouched, lookAtServed } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();
const setproctitle = missing.has('newest') ? undefined : await setproctitlePath();

const START_SCRIPT = `#!/bin/sh
# A start script as people write it: without exec.
export USERCENTER_STARTED_BY=script
gunicorn -c gunicorn.py wsgi:app
echo "gunicorn ended with $?"
`;

const WRAPPERS = [
  {
    what: 'sh -c without exec',
    python: 'oldest',
    command: `sh -c 'gunicorn -c gunicorn.py wsgi:app; echo ended'`,
  },
  { what: 'env', python: 'newest', command: 'env EXTRA=1 gunicorn -c gunicorn.py wsgi:app' },
  { what: 'a start script', python: 'newest', command: './start.sh' },
  // -P, since a gunicorn.py in the directory would be taken for the package.
  {
    what: 'python -m gunicorn',
    python: 'newest',
    command: 'python -P -m gunicorn -c gunicorn.py wsgi:app',
  },
] as const;

describe('what stands between the supervisor and gunicorn', () => {
  for (const { what, python, command } of WRAPPERS) {
    test.skipIf(missing.has(python)).concurrent(`${what} (${python} gunicorn)`, async (context) => {
      const site = await createSite({
        python,
        programOptions: { command, stopasgroup: true, killasgroup: true },
      });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      writeFileSync(join(site.directory, 'start.sh'), START_SCRIPT, { mode: 0o755 });
      await site.start();
      const load = await startWatchedLoad(site);
      const ways = [
        ['--strategy', 'bridge'],
        ['--strategy', 'rolling'],
      ];
      for (const [index, flags] of ways.entries()) {
        const before = await lookAtServed(site);
        const version = `v${index + 2}`;
        site.setVersion(version);
        const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
        expect(reloaded.code, site.report()).toBe(0);
        await expectReplaced(site, before, { version, count: 2 });
      }
      const before = await lookAtServed(site);
      site.setVersion('v4', { broken: 'syntax-error' });
      const refused = await site.reloadctl(['reload', 'usercenter']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stdout + refused.stderr).toContain('SyntaxError');
      await expectUntouched(site, before);
      await load.waitMore();
      await load.stopWithoutFailure();
    });
  }

  test
    .skipIf(setproctitle === undefined)
    .concurrent('setproctitle, which overwrites command line and environment', async (context) => {
      const site = await createSite({ environment: { PYTHONPATH: setproctitle ?? '' } });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      await site.start();
      const title = (await site.master()).argv.join(' ');
      expect(title).toContain('gunicorn: master [');
      const load = await startWatchedLoad(site);
      for (const [index, flags] of [
        ['--strategy', 'bridge'],
        ['--strategy', 'rolling', '--surge', '1'],
      ].entries()) {
        const before = await lookAtServed(site);
        const version = `v${index + 2}`;
        site.setVersion(version);
        const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
        expect(reloaded.code, site.report()).toBe(0);
        await expectReplaced(site, before, { version, count: 2 });
      }
      const before = await lookAtServed(site);
      for (const strategy of ['bridge', 'rolling']) {
        site.setVersion('v4', { broken: 'import-error' });
        const refused = await site.reloadctl(['reload', 'usercenter', '--strategy', strategy]);
        expect(refused.code, site.report()).toBe(10);
        await expectUntouched(site, before);
      }
      await load.waitMore();
      await load.stopWithoutFailure();
    });
});
