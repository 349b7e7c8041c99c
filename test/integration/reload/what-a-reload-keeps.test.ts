import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { signalProcess } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectUntouched, lookAtServed } from './support/served.ts';

const missing = await missingPythons();

/** The pids of the workers by gunicorn's own account, over its control socket (gunicorn 25 and later). */
async function askControlSocket(site: Site): Promise<readonly number[]> {
  const gunicornc = join(dirname(site.python.bin.gunicorn), 'gunicornc');
  const answer = await site.run([gunicornc, '-j', '-c', 'show workers'], { timeoutMs: 10_000 });
  expect(answer.code, answer.stdout + answer.stderr).toBe(0);
  const { workers } = JSON.parse(answer.stdout) as { workers: ReadonlyArray<{ pid: number }> };
  return workers.map(({ pid }) => pid).sort();
}

const pidsOf = (processes: ReadonlyArray<{ pid: number }>): readonly number[] =>
  processes.map(({ pid }) => pid).sort();

/** The pid file names the master, and the bridge has left none. */
async function expectPidFiles(site: Site): Promise<void> {
  expect(site.readFile('usercenter.pid').trim()).toBe(String((await site.master()).pid));
  expect(existsSync(join(site.directory, 'usercenter.pid.2')), 'usercenter.pid.2').toBe(false);
}

describe('a reload keeps what belongs to the server', () => {
  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'the control socket works after a bridge, after a refused one, and after a second one',
      async (context) => {
        const site = await siteForTest({ settle: 'as-shipped' }, 'serving', context);
        const before = await lookAtServed(site);
        expect(await askControlSocket(site)).toEqual(pidsOf(before.workers));

        site.setVersion('v2');
        expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code: 0 });
        const first = await expectReplaced(site, before, { version: 'v2', count: 2 });
        expect(await askControlSocket(site)).toEqual(pidsOf(first.workers));
        await expectPidFiles(site);

        site.setVersion('v3', { broken: 'import-error' });
        expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code: 10 });
        await expectUntouched(site, first);
        expect(await askControlSocket(site)).toEqual(pidsOf(first.workers));
        await expectPidFiles(site);

        site.setVersion('v3', { broken: 'dies-after-1s' });
        expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code: 10 });
        expect(await askControlSocket(site)).toEqual(pidsOf(first.workers));

        site.setVersion('v4');
        expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code: 0 });
        const last = await expectReplaced(site, first, { version: 'v4', count: 2 });
        expect(await askControlSocket(site)).toEqual(pidsOf(last.workers));
        const leftBeside = await site.run(['find', '.', '-name', '*.reloadctl*']);
        expect(leftBeside.stdout).toBe('');
      },
    );

  for (const python of combinations(['newest', 'oldest'])) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn: the pid file names the master, and no other is left`,
        async (context) => {
          const site = await siteForTest({ python }, 'serving', context);
          for (const [version, release, code] of [
            ['v2', {}, 0],
            ['v3', { broken: 'syntax-error' }, 10],
          ] as const) {
            site.setVersion(version, release);
            expect(await site.reloadctl(['reload', 'usercenter'])).toMatchObject({ code });
            await expectPidFiles(site);
          }
        },
      );

    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn: a number of workers that was raised with TTIN`,
        async (context) => {
          const site = await siteForTest({ python }, 'serving', context);
          signalProcess(await site.master(), 'SIGTTIN');
          await waitFor(
            'a third worker',
            async () => (await site.workers()).length === 3 || undefined,
          );
          for (const [index, flags] of [
            ['--strategy', 'bridge'],
            ['--strategy', 'rolling', '--surge', '1'],
            ['--strategy', 'hup'],
          ].entries()) {
            const before = await lookAtServed(site);
            const version = `v${index + 2}`;
            site.setVersion(version);
            const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
            expect(reloaded.code, site.report()).toBe(0);
            await expectReplaced(site, before, { version, count: 3 });
          }
        },
      );

    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn: a number of workers that gunicorn.py changes is applied by bridge`,
        async (context) => {
          const site = await siteForTest({ python, workers: 2 }, 'serving', context);
          for (const [index, workers] of [4, 1, 3].entries()) {
            const before = await lookAtServed(site);
            const version = `v${index + 2}`;
            site.setGunicornOptions({ workers });
            site.setVersion(version);
            const reloaded = await site.reloadctl(['reload', 'usercenter']);
            expect(reloaded.code, site.report()).toBe(0);
            await expectReplaced(site, before, { version, count: workers });
          }
        },
      );
  }
});
