import {
  appendFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { pythonForTests } from '../../rig/python.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site, SiteOptions } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startReloadctl } from '../reload/support/background.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { expectReplaced, expectUntouched, lookAtServed } from '../reload/support/served.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

import { BEHIND_LINK, killWorker } from './support/behind-link.ts';

const missing = await missingPythons();

const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stdout + stderr).replaceAll(/\s+/g, ' ');

const open = (options: SiteOptions, context: TestContext): Promise<Site> =>
  siteForTest({ ...BEHIND_LINK, ...options }, 'serving', context);

const linkOf = ({ directory }: Site): string => readlinkSync(join(directory, 'current'));

const PYTHONS = [{ python: 'newest' }, { python: 'oldest' }] as const;

describe('deploy: the link names the release that serves', () => {
  for (const { python } of combinations(PYTHONS)) {
    test
      .skipIf(missing.has(python))
      .concurrent(`${python} gunicorn: a good release, and the way back`, async (context) => {
        const site = await open({ python }, context);
        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site);
        const release = site.writeRelease('r2', 'v2');
        const deployed = await site.reloadctl(['deploy', 'usercenter', '--release', release]);
        expect(deployed.code, said(deployed)).toBe(0);
        expect(deployed.stdout).toMatch(/^usercenter: deployed, r2 serves \(.*\)\n$/);
        expect(linkOf(site)).toBe('releases/r2');
        await expectReplaced(site, before, { version: 'v2', count: 2 });

        const rolledBack = await site.reloadctl(['rollback', 'usercenter']);
        expect(rolledBack.code, said(rolledBack)).toBe(0);
        expect(linkOf(site)).toBe('releases/r1');
        expect((await site.get()).version).toBe('v1');
        await load.waitMore();
        await context.annotate(describeLoad(await load.stopWithoutFailure()));

        const history = await site.reloadctl(['history', 'usercenter']);
        expect(history.stdout).toMatch(/deploy +usercenter +r1 → r2/);
        expect(history.stdout).toMatch(/rollback +usercenter +r2 → r1/);
      });
  }

  const BROKEN = [
    { broken: 'import-error', says: /usercenter_module_that_is_not_installed/ },
    { broken: 'syntax-error', says: /SyntaxError|release_with_syntax_error/ },
    { broken: 'dies-after-1s', says: /ended soon after/ },
    { broken: 'never-boots', says: /still not up after/ },
    { broken: 'unhealthy', says: /503/ },
  ] as const;

  for (const { python } of combinations(PYTHONS)) {
    for (const { broken, says } of BROKEN) {
      test
        .skipIf(missing.has(python))
        .concurrent(
          `${python} gunicorn, ${broken}: nothing changes, and a dying worker harms nothing`,
          async (context) => {
            const settle = broken === 'dies-after-1s' ? 'as-shipped' : 'short';
            const site = await open({ python, settle }, context);
            const before = await lookAtServed(site);
            const load = await startWatchedLoad(site);
            const release = site.writeRelease('r2', 'v2', { broken });
            const flags = [
              ...(broken === 'unhealthy' ? ['--health-url', `${site.endpoint.url}/health`] : []),
              ...(broken === 'never-boots' ? ['--timeout', '4'] : []),
            ];
            const refused = await site.reloadctl([
              'deploy',
              'usercenter',
              '--release',
              release,
              ...flags,
            ]);
            expect(refused.code, said(refused)).toBe(10);
            expect(said(refused)).toMatch(says);
            expect(refused.stdout).toMatch(/^usercenter: not deployed, r1 still serves/m);
            expect(linkOf(site)).toBe('releases/r1');
            await expectUntouched(site, before);
            await load.waitMore();
            await context.annotate(describeLoad(await load.stopWithoutFailure()));
            await killWorker(site, 'v1');
          },
        );
    }
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent('a reload that is refused has the link go back', async (context) => {
      // The master stays where it was started: only a start follows the link.
      const site = await open(
        { programOptions: { command: 'gunicorn -c gunicorn.py wsgi:app' } },
        context,
      );
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      const release = site.writeRelease('r2', 'v2');
      const refused = await site.reloadctl(['deploy', 'usercenter', '--release', release]);
      expect(refused.code, said(refused)).toBe(10);
      expect(said(refused)).toContain('--chdir');
      expect(linkOf(site)).toBe('releases/r1');
      await expectUntouched(site, before);
      await load.waitMore();
      await load.stopWithoutFailure();
      const args = ['deploy', 'usercenter', '--release', release, '--allow-downtime'];
      const allowed = await site.reloadctl(args);
      expect(allowed.code, said(allowed)).toBe(0);
      expect((await site.get()).version).toBe('v2');
      expect(linkOf(site)).toBe('releases/r2');
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent('wrong words are told before anything is touched', async (context) => {
      const site = await open({}, context);
      const before = await lookAtServed(site);
      const cases: ReadonlyArray<readonly [readonly string[], RegExp]> = [
        [['deploy', 'usercenter'], /which release\?/],
        [['deploy', 'usercenter', '--release', 'nowhere'], /nowhere: not a directory/],
        [['deploy', 'usercenter', '--release', 'releases/r1', '--link', 'x'], /--link x/],
        [['deploy', 'nosuch', '--release', 'releases/r1'], /no such program/],
        [['deploy', '--release', 'releases/r1'], /missing|which program/],
        [['rollback', 'usercenter'], /no deployment is recorded/],
        [['deploy', 'usercenter', '--release', 'releases/r1', '--settle', 'x'], /--settle/],
      ];
      for (const [args, says] of cases) {
        const wrong = await site.reloadctl(args);
        expect([1, 2], said(wrong)).toContain(wrong.code);
        expect(said(wrong)).toMatch(says);
      }
      const resumed = await site.reloadctl(['deploy', 'usercenter', '--resume']);
      expect(resumed.code, said(resumed)).toBe(0);
      await expectUntouched(site, before);
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent('Ctrl-C while the release is tried aside changes nothing', async (context) => {
      const site = await open({ settle: 'as-shipped' }, context);
      const before = await lookAtServed(site);
      const release = site.writeRelease('r2', 'v2');
      const deploy = startReloadctl(site, ['deploy', 'usercenter', '--release', release]);
      await deploy.waitForStep('check');
      // Its worker is there for the settling time.
      const canaries = (): number =>
        site.processes().filter(({ argv }) => argv.includes('--workers')).length;
      await waitFor('the worker of the canary', () => canaries() > 1 || undefined);
      await deploy.signal('SIGINT');
      const { code, stdout } = await deploy.ended;
      expect({ code, stdout }).toMatchObject({ code: 130 });
      expect(linkOf(site)).toBe('releases/r1');
      await expectUntouched(site, before);
      const resumed = await site.reloadctl(['deploy', 'usercenter', '--resume']);
      expect(resumed.stdout).toBe('nothing was left unfinished\n');
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent('two programs behind one link: all or nothing', async (context) => {
      const site = await open(
        {
          extraConf: [
            '[program:second]',
            'command=gunicorn -b unix:%(here)s/second.sock --chdir %(here)s/current second:app',
            'directory=%(here)s/current',
            'environment=PYTHONDONTWRITEBYTECODE="1"',
            'autostart=false',
            'startsecs=1',
            '',
          ].join('\n'),
        },
        context,
      );
      const second = 'from wsgi import app, VERSION\n';
      appendFileSync(join(site.directory, 'releases', 'r1', 'second.py'), second);
      const started = await site.reloadctl(['start', 'second']);
      expect(started.code, said(started)).toBe(0);
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      const release = site.writeRelease('r2', 'v2');
      // Loads when it is tried aside, and not any more once the first program has been told.
      appendFileSync(
        join(release, 'second.py'),
        [
          'import os, sys',
          'from wsgi import app, VERSION',
          "link = os.path.join(os.path.dirname(__file__), '..', '..', 'current')",
          "if os.path.realpath(link) == os.path.dirname(os.path.realpath(__file__)): sys.exit('not this time')",
          '',
        ].join('\n'),
      );
      const args = ['deploy', 'usercenter', 'second', '--release', release];
      const refused = await site.reloadctl(args);
      expect(refused.code, said(refused)).toBe(10);
      expect(said(refused)).toContain('not this time');
      expect(linkOf(site)).toBe('releases/r1');
      expect((await site.get()).version).toBe('v1');
      expect((await lookAtServed(site)).master.startTicks).toBe(before.master.startTicks);
      rmSync(join(release, 'second.py'));
      appendFileSync(join(release, 'second.py'), second);
      const deployed = await site.reloadctl(args);
      expect(deployed.code, said(deployed)).toBe(0);
      expect(deployed.stdout).toContain('usercenter, second: deployed, r2 serves');
      expect((await site.get()).version).toBe('v2');
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    });
});

/** A virtual environment inside of a release, with gunicorn and a package `dep` of its own. */
async function writeEnvironment(release: string, version: string): Promise<void> {
  const found = await pythonForTests('newest');
  if (found === undefined) throw new Error('no python');
  const { python } = found.bin;
  const ask = (interpreter: string): string =>
    execFileSync(interpreter, ['-c', "import sysconfig; print(sysconfig.get_paths()['purelib'])"], {
      encoding: 'utf8',
    }).trim();
  const venv = join(release, 'venv');
  execFileSync(python, ['-m', 'venv', '--without-pip', venv]);
  const own = ask(join(venv, 'bin', 'python'));
  writeFileSync(join(own, 'rig.pth'), `${ask(python)}\n`);
  writeFileSync(join(own, `dep_${version}.py`), '');
  writeFileSync(
    join(venv, 'bin', 'gunicorn'),
    `#!${join(venv, 'bin', 'python')}\nimport sys\nfrom gunicorn.app.wsgiapp import run\nsys.exit(run())\n`,
    { mode: 0o755 },
  );
  appendFileSync(join(release, 'wsgi.py'), `\nimport dep_${version}  # noqa: F401\n`);
}

const OWN_ENVIRONMENT: SiteOptions = {
  releases: true,
  programOptions: {
    command:
      '%(here)s/current/venv/bin/gunicorn --chdir %(here)s/current -c %(here)s/current/gunicorn.py wsgi:app',
    autostart: 'false',
  },
  environment: { USERCENTER_PIDFILE: '%(here)s/usercenter.pid' },
};

async function openWithEnvironments(
  options: SiteOptions,
  context: TestContext,
): Promise<{ readonly site: Site; readonly release: string }> {
  const site = await siteForTest({ ...OWN_ENVIRONMENT, ...options }, 'answering', context);
  await writeEnvironment(join(site.directory, 'releases', 'r1'), 'v1');
  const started = await site.reloadctl(['start', 'usercenter']);
  expect(started.code, said(started)).toBe(0);
  const release = site.writeRelease('r2', 'v2');
  await writeEnvironment(release, 'v2');
  return { site, release };
}

describe('a virtual environment in each release', () => {
  test
    .skipIf(missing.has('newest'))
    .concurrent('supervisord: no reload mixes new code with old packages', async (context) => {
      const { site, release } = await openWithEnvironments({}, context);
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      const check = await site.reloadctl(['check', 'usercenter', '--directory', release]);
      expect(check.code, said(check)).toBe(0);
      const refused = await site.reloadctl(['deploy', 'usercenter', '--release', release]);
      expect(refused.code, said(refused)).toBe(10);
      expect(said(refused)).toMatch(/releases\/r2\/venv.*releases\/r1\/venv/);
      expect(said(refused)).not.toContain('current leads to');
      expect(linkOf(site)).toBe('releases/r1');

      symlinkSync('releases/r2', join(site.directory, 'current.new'));
      renameSync(join(site.directory, 'current.new'), join(site.directory, 'current'));
      for (const flags of [[], ['--strategy', 'bridge'], ['--strategy', 'rolling']]) {
        const reload = await site.reloadctl(['reload', 'usercenter', ...flags]);
        expect(reload.code, said(reload)).toBe(10);
        expect(said(reload)).toMatch(/releases\/r2\/venv.*releases\/r1\/venv/);
      }
      await expectUntouched(site, before);
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
      renameSync(join(site.directory, 'releases', 'r1'), join(site.directory, 'releases', 'gone'));
      const gone = await site.reloadctl(['reload', 'usercenter']);
      expect(gone.code, said(gone)).toBe(10);
      expect(said(gone)).toContain('virtual environment');
      const allowed = await site.reloadctl(['reload', 'usercenter', '--allow-downtime']);
      expect(allowed.code, said(allowed)).toBe(0);
      expect((await site.get()).version).toBe('v2');
    });

  test
    .skipIf(missing.has('newest'))
    .concurrent('reloadctl daemon: the new release serves on its own packages', async (context) => {
      const { site, release } = await openWithEnvironments({ supervisor: 'reloadctl' }, context);
      const load = await startWatchedLoad(site);
      const deployed = await site.reloadctl(['deploy', 'usercenter', '--release', release]);
      expect(deployed.code, said(deployed)).toBe(0);
      expect(said(deployed)).toContain('overlap');
      expect((await site.get()).version).toBe('v2');
      const back = await site.reloadctl(['rollback', 'usercenter']);
      expect(back.code, said(back)).toBe(0);
      expect((await site.get()).version).toBe('v1');
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    });
});
