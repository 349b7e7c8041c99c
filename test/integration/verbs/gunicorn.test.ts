import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { findWorkers } from '../../rig/site/gunicorn-processes.ts';
import { isAlive, readProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startBareGunicorn } from '../reload/support/bare-gunicorn.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { holdersOf } from './support/open-files.ts';

const missing = await missingPythons();
const PYTHONS = combinations(['newest', 'oldest']);

const LOGS = { accesslog: 'access.log', errorlog: 'error.log' };

for (const python of PYTHONS) {
  describe.skipIf(missing.has(python))(`the verbs on ${python} gunicorn`, () => {
    test.concurrent('reopen-logs: every process opens the new files', async (context) => {
      const site = await siteForTest({ python, gunicornOptions: LOGS }, 'serving', context);
      const load = await startWatchedLoad(site);
      const pids = [await site.master(), ...(await site.workers())].map(({ pid }) => pid);
      for (const name of Object.values(LOGS)) {
        renameSync(join(site.directory, name), join(site.directory, `${name}.1`));
      }
      const planned = await site.reloadctl(['plan', 'reopen-logs', 'usercenter']);
      expect(planned.stdout).toContain('access.log.1');
      const reopened = await site.reloadctl(['reopen-logs', 'usercenter']);
      expect(reopened, site.report()).toMatchObject({ code: 0 });
      expect(reopened.stdout).toContain('usercenter: logs reopened');
      for (const name of Object.values(LOGS)) {
        expect(holdersOf(join(site.directory, name), pids), name).toEqual(pids);
        expect(holdersOf(join(site.directory, `${name}.1`), pids), name).toEqual([]);
      }
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    });

    test.concurrent('reopen-logs: says so where there is nothing to open', async (context) => {
      const site = await siteForTest({ python }, 'serving', context);
      const refused = await site.reloadctl(['reopen-logs', 'usercenter']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('has no log file open');
    });

    test.concurrent('scale: up, down and to a number, under load', async (context) => {
      const site = await siteForTest({ python }, 'serving', context);
      const master = await site.master();
      const load = await startWatchedLoad(site);
      for (const [word, count] of [
        ['+2', 4],
        ['-1', 3],
        ['5', 5],
        ['5', 5],
      ] as const) {
        const scaled = await site.reloadctl(['scale', 'usercenter', word]);
        expect(scaled, site.report()).toMatchObject({ code: 0 });
        expect(scaled.stdout).toContain(`${count} workers`);
        expect(await site.workers()).toHaveLength(count);
      }
      expect((await site.master()).startTicks).toBe(master.startTicks);
      const refused = await site.reloadctl(['scale', 'usercenter', '-5']);
      expect(refused.code).toBe(10);
      expect(await site.workers()).toHaveLength(5);
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    });

    // TTIN with code that does not import would end the master and everything with it.
    test.concurrent('scale: broken code on disk is seen first', async (context) => {
      const site = await siteForTest({ python }, 'serving', context);
      const before = (await site.workers()).map(({ pid }) => pid);
      site.setVersion('v2', { broken: 'import-error' });
      const refused = await site.reloadctl(['scale', 'usercenter', '+1']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('usercenter_module_that_is_not_installed');
      expect((await site.workers()).map(({ pid }) => pid)).toEqual(before);
    });

    test.concurrent('upgrade: refused where a supervisor watches the pid', async (context) => {
      const site = await siteForTest({ python }, 'serving', context);
      const master = await site.master();
      for (const target of ['usercenter', `pid:${master.pid}`]) {
        const refused = await site.reloadctl(['upgrade', target]);
        expect(refused.code, site.report()).toBe(10);
        expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(
          'the supervisor would start a second one beside it',
        );
      }
      expect((await site.master()).startTicks).toBe(master.startTicks);
      expect(await site.workers()).toHaveLength(2);
    });

    for (const preload of [false, true]) {
      test.concurrent(
        `upgrade: a new master serves before the old one goes${preload ? ', with preload_app' : ''}`,
        async (context) => {
          const gunicornOptions = { ...LOGS, preload_app: preload };
          const { site, master } = await startBareGunicorn(context, { python, gunicornOptions });
          const old = findWorkers(master);
          const load = await startWatchedLoad(site);
          site.setVersion('v2', { bootSeconds: 0.3 });
          const upgraded = await site.reloadctl(['upgrade', 'pidfile:usercenter.pid']);
          expect(upgraded, site.report()).toMatchObject({ code: 0 });
          expect(upgraded.stdout).toContain('upgraded (native, 2 workers');
          expect([master, ...old].filter(isAlive)).toEqual([]);
          const pidfile = await waitFor('the pid file of the new master', () => {
            const pid = Number(site.readFile('usercenter.pid'));
            return pid > 0 && pid !== master.pid ? pid : undefined;
          });
          const now = readProcess(pidfile);
          expect(now === undefined ? [] : findWorkers(now), site.report()).toHaveLength(2);
          expect((await site.get()).version).toBe('v2');
          expect(existsSync(join(site.directory, 'usercenter.pid.2'))).toBe(false);
          await load.waitMore();
          await context.annotate(describeLoad(await load.stopWithoutFailure()));
        },
      );
    }

    test.concurrent('upgrade: what does not come up changes nothing', async (context) => {
      const { site, master } = await startBareGunicorn(context, { python });
      const before = await waitFor('two workers', () => {
        const pids = findWorkers(master).map(({ pid }) => pid);
        return pids.length === 2 ? pids : undefined;
      });
      const load = await startWatchedLoad(site);
      site.setVersion('v2', { broken: 'import-error' });
      const refused = await site.reloadctl(['upgrade', `pid:${master.pid}`]);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('usercenter_module_that_is_not_installed');
      expect(findWorkers(master).map(({ pid }) => pid)).toEqual(before);
      expect((await site.get()).version).toBe('v1');
      await load.waitMore();
      await load.stopWithoutFailure();
    });
  });
}
