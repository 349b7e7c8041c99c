import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { signalProcess, type Process } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startReloadctl } from './support/background.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';

const missing = await missingPythons();

/** Processes of the site other than its supervisor and its mailer. */
async function leftOf(site: Site): Promise<readonly Process[]> {
  const mailer = (await site.program('mailer')).pid;
  const supervisor = site.supervisor()?.pid;
  return site.processes().filter(({ pid }) => pid !== mailer && pid !== supervisor);
}

async function expectStopped(site: Site): Promise<void> {
  expect((await leftOf(site)).map(({ pid, argv }) => `${pid} ${argv.join(' ')}`)).toEqual([]);
  expect(await site.program()).toMatchObject({ state: 'STOPPED', pid: 0 });
  await expect(site.get()).rejects.toThrow(/ECONNREFUSED|ENOENT/);
}

describe('guarantee 6: after a stop nothing of the program is left', () => {
  for (const python of combinations(['newest', 'oldest'])) {
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python} gunicorn: with a bridge that a killed reload left`,
        async (context) => {
          const site = await siteForTest({ settle: 'as-shipped', python }, 'serving', context);
          site.setVersion('v2');
          const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', 'bridge']);
          await reload.waitForStep('bridge-holds');
          await reload.signal('SIGKILL');
          await reload.ended;
          const stopped = await site.reloadctl(['stop', 'usercenter']);
          expect(stopped.code, site.report()).toBe(0);
          await expectStopped(site);
        },
      );
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'with a bridge whose master is gone, so that it holds the port as an orphan',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', programOptions: { autorestart: false } },
          'serving',
          context,
        );
        site.setVersion('v2');
        const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', 'bridge']);
        await reload.waitForStep('bridge-holds');
        await reload.signal('SIGKILL');
        await reload.ended;
        signalProcess(await site.master(), 'SIGKILL');
        await waitFor('EXITED', async () => (await site.program()).state === 'EXITED' || undefined);
        const orphans = await leftOf(site);
        expect(orphans.length).toBeGreaterThan(0);
        const stopped = await site.reloadctl(['stop', 'usercenter']);
        expect([0, 11], site.report()).toContain(stopped.code);
        expect((await leftOf(site)).map(({ pid, argv }) => `${pid} ${argv.join(' ')}`)).toEqual([]);
        await expect(site.get()).rejects.toThrow('ECONNREFUSED');
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'with a worker that holds the port after its master was killed, and start works then',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', programOptions: { autorestart: false }, workers: 1 },
          'serving',
          context,
        );
        const master = await site.master();
        const [worker] = await site.workers();
        const slow = site.get('/slow?seconds=60', 90_000).catch((error: unknown) => String(error));
        await waitFor('the worker to be busy', async () => {
          const busy = await site.get('/', 200).then(
            () => false,
            () => true,
          );
          return busy || undefined;
        });
        signalProcess(master, 'SIGKILL');
        await waitFor('EXITED', async () => (await site.program()).state === 'EXITED' || undefined);
        expect((await leftOf(site)).map(({ pid }) => pid)).toContain(worker?.pid);

        const stopped = await site.reloadctl(['stop', 'usercenter']);
        expect([0, 11], site.report()).toContain(stopped.code);
        expect((await leftOf(site)).map(({ pid, argv }) => `${pid} ${argv.join(' ')}`)).toEqual([]);
        await slow;
        const started = await site.reloadctl(['start', 'usercenter']);
        expect(started.code, site.report()).toBe(0);
        expect((await site.get()).status).toBe(200);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'stopwaitsecs shorter than graceful_timeout: requests get the longer, as the plan says',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', gracefulTimeoutSecs: 8, programOptions: { stopwaitsecs: 1 } },
          'serving',
          context,
        );
        const plan = await site.reloadctl(['plan', 'stop', 'usercenter']);
        expect(plan.stdout.replaceAll(/\s+/g, ' ')).toContain(
          'stopwaitsecs (1 s) is shorter than graceful_timeout (8 s)',
        );
        const slow = site.get('/slow?seconds=4', 20_000);
        await site.get('/');
        const stopped = await site.reloadctl(['stop', 'usercenter']);
        expect(stopped.code, site.report()).toBe(0);
        expect((await slow).status).toBe(200);
        await expectStopped(site);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a request that is longer than that is cut, and the exit code says so',
      async (context) => {
        const site = await siteForTest(
          { settle: 'as-shipped', gracefulTimeoutSecs: 2, programOptions: { stopwaitsecs: 1 } },
          'serving',
          context,
        );
        const slow = site.get('/slow?seconds=40', 60_000).catch((error: unknown) => String(error));
        await site.get('/');
        const stopped = await site.reloadctl(['--json', 'stop', 'usercenter']);
        expect(stopped.code, site.report()).toBe(11);
        expect(eventsOf(stopped).filter(({ event }) => event === 'killed')).not.toEqual([]);
        expect(await slow).toMatch(/ECONNRESET|socket hang up/);
        await expectStopped(site);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a wrapper without exec and without stopasgroup leaves no gunicorn behind',
      async (context) => {
        const command = `sh -c 'gunicorn -c gunicorn.py wsgi:app; echo ended'`;
        const site = await siteForTest(
          { settle: 'as-shipped', programOptions: { command } },
          'serving',
          context,
        );
        const stopped = await site.reloadctl(['stop', 'usercenter']);
        expect([0, 11], site.report()).toContain(stopped.code);
        await expectStopped(site);
      },
    );
});
