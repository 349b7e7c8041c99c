import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive, type Process } from '../../rig/processes.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { createSite, type Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';

const missing = await missingPythons();

/** Ignores TERM, and so do its two children, one of which leads a process group of its own. */
const STUBBORN = `import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, 'child'])
    subprocess.Popen([sys.executable, __file__, 'child'], start_new_session=True)
while True:
    time.sleep(60)
`;

const STOPWAITSECS = 2;

/** A site with a program `stubborn` beside usercenter, with `keys` in its section. */
async function startStubborn(
  context: Pick<TestContext, 'onTestFailed' | 'onTestFinished'>,
  keys: readonly string[],
): Promise<Site> {
  const section = [
    '[program:stubborn]',
    'command=python stubborn.py',
    'directory=%(here)s',
    'startsecs=1',
    `stopwaitsecs=${STOPWAITSECS}`,
    ...keys,
  ];
  const site = await createSite({
    mailer: false,
    programOptions: { autostart: false },
    extraConf: section.join('\n'),
  });
  writeFileSync(join(site.directory, 'stubborn.py'), STUBBORN);
  context.onTestFailed(() => {
    console.error(site.report());
  });
  context.onTestFinished(() => stopSite(site));
  await site.start('answering');
  await waitFor('stubborn and its children', async () => {
    const isUp = (await site.program('stubborn')).state === 'RUNNING';
    return (isUp && stubbornOf(site).length === 3) || undefined;
  });
  return site;
}

const stubbornOf = (site: Site): readonly Process[] =>
  site.processes().filter(({ argv }) => argv.some((word) => word.endsWith('stubborn.py')));

const WAYS = [
  { keys: [] },
  { keys: ['stopasgroup=true', 'killasgroup=true'] },
  { keys: ['killasgroup=true'] },
] as const;

describe.skipIf(missing.has('newest'))('guarantee 6: escalation is explicit', () => {
  for (const { keys } of WAYS) {
    const settings = keys.length === 0 ? 'neither stopasgroup nor killasgroup' : keys.join(', ');
    test.concurrent(
      `restart --hard of a program that ignores TERM with its children (${settings}): KILLed after stopwaitsecs, nothing is left, exit 11`,
      async (context) => {
        const site = await startStubborn(context, keys);
        const before = stubbornOf(site);
        const restarted = await site.reloadctl(['--json', 'restart', '--hard', 'stubborn']);

        expect(restarted.code, site.report()).toBe(11);
        expect(before.filter(isAlive)).toEqual([]);
        const killed = eventsOf(restarted).filter(({ event }) => event === 'killed');
        expect(killed[0]).toMatchObject({ role: 'supervised', by: 'supervisor' });
        expect(Number(killed[0]?.afterMs)).toBeGreaterThanOrEqual(STOPWAITSECS * 1000 - 100);
        await waitFor('its successor and its children', () =>
          stubbornOf(site).length === 3 ? true : undefined,
        );
        expect((await site.program('stubborn')).state).toBe('RUNNING');

        const stopped = await site.reloadctl(['stop', 'stubborn']);
        expect(stopped.code, site.report()).toBe(11);
        expect(stubbornOf(site)).toEqual([]);
        expect(await site.program('stubborn')).toMatchObject({ state: 'STOPPED', pid: 0 });
      },
    );
  }

  test.concurrent(
    'start waits until the program serves, and stop until nothing does',
    async (context) => {
      const site = await createSite({ version: 'v1', bootSeconds: 2 });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      await site.start();
      const stopped = await site.reloadctl(['stop', 'usercenter']);
      expect(stopped.code, site.report()).toBe(0);
      await expect(site.get()).rejects.toThrow('ECONNREFUSED');

      site.setVersion('v2', { bootSeconds: 2 });
      const started = await site.reloadctl(['start', 'usercenter']);
      expect(started.code, site.report()).toBe(0);
      // Not only RUNNING: it answers at once, and all of its workers are there.
      expect((await site.get('/', 1000)).version).toBe('v2');
      expect(await site.workers()).toHaveLength(2);

      site.setVersion('v3', { broken: 'import-error' });
      const restarted = await site.reloadctl(['restart', '--hard', 'usercenter']);
      expect(restarted.code, site.report()).toBe(12);
      expect(restarted.stdout + restarted.stderr).toContain(
        'usercenter_module_that_is_not_installed',
      );
      site.setVersion('v4');
      expect((await site.reloadctl(['restart', '--hard', 'usercenter'])).code, site.report()).toBe(
        0,
      );
      expect((await site.get()).version).toBe('v4');
    },
  );

  test.concurrent(
    'restart --hard of gunicorn serves the new code with all workers',
    async (context) => {
      const site = await createSite({ workers: 3 });
      context.onTestFailed(() => {
        console.error(site.report());
      });
      context.onTestFinished(() => stopSite(site));
      await site.start();
      const before = await site.master();
      site.setVersion('v2', { bootSeconds: 1 });
      const restarted = await site.reloadctl(['restart', '--hard', 'usercenter']);
      expect(restarted.code, site.report()).toBe(0);
      expect(isAlive(before)).toBe(false);
      expect((await site.get('/', 1000)).version).toBe('v2');
      expect(await site.workers()).toHaveLength(3);
    },
  );
});
