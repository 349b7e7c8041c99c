import { describe, expect, test } from 'vitest';
import { findWorkers } from '../../rig/site/gunicorn-processes.ts';
import { isAlive, readProcess } from '../../rig/processes.ts';
import { startBareGunicorn } from './support/bare-gunicorn.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectServedBy } from './support/served.ts';
import { startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

describe('a gunicorn without a supervisor', () => {
  for (const { python, what, word } of [
    { python: 'newest', what: 'pid:N', word: (pid: number) => `pid:${pid}` },
    { python: 'oldest', what: 'pidfile:PATH', word: () => 'pidfile:usercenter.pid' },
  ] as const) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn as ${what}: bridge and rolling keep its pid and fail nobody; broken code is refused`,
        async (context) => {
          const { site, master } = await startBareGunicorn(context, { python });
          const target = word(master.pid);
          const load = await startWatchedLoad(site);
          for (const [index, strategy] of ['bridge', 'rolling'].entries()) {
            const old = findWorkers(master);
            const version = `v${index + 2}`;
            site.setVersion(version, { bootSeconds: 0.3 });
            const reloaded = await site.reloadctl(['reload', target, '--strategy', strategy]);
            expect(reloaded.code, site.report()).toBe(0);
            expect(old.filter(isAlive)).toEqual([]);
            expect(isAlive(master)).toBe(true);
            await expectServedBy(site, version, findWorkers(master));
          }

          const workers = findWorkers(master).map(({ pid }) => pid);
          site.setVersion('v4', { broken: 'import-error' });
          const refused = await site.reloadctl(['reload', target]);
          expect(refused.code, site.report()).toBe(10);
          expect(refused.stdout + refused.stderr).toContain(
            'usercenter_module_that_is_not_installed',
          );
          expect(findWorkers(master).map(({ pid }) => pid)).toEqual(workers);
          await load.waitMore();
          await load.stopWithoutFailure();
        },
      );
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a pid above the master (a start script) means the master below',
      async (context) => {
        const command = ['sh', '-c', 'gunicorn -c gunicorn.py wsgi:app; echo ended'] as const;
        const { site, pid, master } = await startBareGunicorn(context, {}, [...command]);
        expect(master.ppid).toBe(pid);
        site.setVersion('v2');
        const reloaded = await site.reloadctl(['reload', `pid:${pid}`]);
        expect(reloaded.code, site.report()).toBe(0);
        expect(isAlive(master)).toBe(true);
        await expectServedBy(site, 'v2', findWorkers(master));
        expect(readProcess(pid)).toBeDefined();
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent('stop and restart need somebody who could start it again', async (context) => {
      const { site, master } = await startBareGunicorn(context);
      for (const args of [
        ['stop', `pid:${master.pid}`],
        ['restart', '--hard', `pid:${master.pid}`],
        ['reload', '--strategy', 'restart', `pid:${master.pid}`],
      ]) {
        const refused = await site.reloadctl(args);
        expect(refused.code, refused.stdout + refused.stderr).toBe(1);
        expect(refused.stdout + refused.stderr).toContain('no supervisor');
      }
      expect(isAlive(master)).toBe(true);
    });
});
