import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { childrenOf, isAlive, readProcess } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { uwsgiForTests } from '../../rig/servers/uwsgi.ts';
import { createSite } from '../../rig/site.ts';
import { endProcesses } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';

const missing = await missingPythons();
const uwsgi = await uwsgiForTests();

describe.skipIf(uwsgi === undefined)('uWSGI 2.0', () => {
  const options = { server: uwsgi, fixture: 'uwsgi' };

  /** Without the FIFO there are only signals. */
  const reconfigure = async (site: ServerSite, edit: (text: string) => string): Promise<void> => {
    site.editFile('uwsgi.ini', (text) => edit(text.replace(/^master-fifo.*\n/m, '')));
    const restarted = await site.reloadctl(['restart', '--hard', 'uwsgi']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
  };

  for (const [stopsignal, dieOnTerm] of [
    ['TERM', false],
    ['QUIT', true],
  ] as const) {
    // The supervisor would wait for stopwaitsecs and then KILL it with everything that it is answering.
    test.concurrent(
      `with stopsignal=${stopsignal}, which ${dieOnTerm ? 'with' : 'without'} die-on-term reloads it, stop stops it`,
      async (context) => {
        const edit = (text: string): string =>
          text.replace('stopsignal=TERM', `stopsignal=${stopsignal}`);
        const site = await serverSiteForTest({ ...options, edit }, context);
        if (!dieOnTerm) await reconfigure(site, (text) => text.replace(/^die-on-term.*\n/m, ''));
        else await reconfigure(site, (text) => text);
        const master = await site.master();
        const planned = await site.reloadctl(['plan', 'stop', 'uwsgi']);
        expect(planned.stdout.replaceAll(/\s+/g, ' ')).toContain(
          `${stopsignal}, the configured stopsignal, does not stop uWSGI`,
        );
        const answer = site.get('/slow', 20_000);
        await waitForEstablished(site.port);
        const stopped = await site.reloadctl(['--json', 'stop', 'uwsgi']);
        expect(stopped, site.report()).toMatchObject({ code: 0 });
        expect(stopped.stdout).not.toContain('"event":"killed"');
        expect((await answer).body).toBe('v1\n');
        expect(isAlive(master)).toBe(false);
      },
    );
  }

  test.concurrent(
    'a configuration that it cannot read is refused, and HUP not sent',
    async (context) => {
      const site = await serverSiteForTest(options, context);
      const before = (await site.children()).map(({ pid }) => pid);
      site.editFile('uwsgi.ini', (text) => `${text}\nstrict = true\nnosuchoption = 1\n`);
      const refused = await site.reloadctl(['reload', 'uwsgi']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('nosuchoption');
      expect((await site.children()).map(({ pid }) => pid)).toEqual(before);
      expect((await site.get()).version).toBe('v1');
    },
  );

  test.concurrent(
    'an emperor is not sent the HUP that would reload every vassal',
    async (context) => {
      const edit = (text: string): string =>
        text
          .replace('--ini uwsgi.ini', '--emperor %(here)s/vassals')
          .replace('stopsignal=TERM', 'stopsignal=INT');
      const site = await serverSiteForTest(
        {
          ...options,
          edit,
          prepare: (directory) => {
            mkdirSync(join(directory, 'vassals'));
          },
          until: 'running',
        },
        context,
      );
      const ini = site.readFile('uwsgi.ini').replaceAll('%d/', `${site.directory}/`);
      writeFileSync(join(site.directory, 'vassals', 'web.ini'), ini);
      await waitFor('the vassal to serve', () => site.get().catch(() => undefined), {
        ceilingMs: 30_000,
      });
      const vassals = (await site.children()).map(({ pid }) => pid);
      const workers = vassals.flatMap((pid) => childrenOf(pid).map((child) => child.pid));
      const refused = await site.reloadctl(['reload', 'uwsgi']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('has no way to reload');
      expect(vassals.flatMap((pid) => childrenOf(pid).map((child) => child.pid))).toEqual(workers);
      const stopped = await site.reloadctl(['stop', 'uwsgi']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(workers.map(readProcess).filter((proc) => proc !== undefined)).toEqual([]);
    },
  );
});

describe('gunicorn', () => {
  for (const python of combinations(['newest', 'oldest'])) {
    // What it does in the first 0.2 s of its life, held on to: it does not catch HUP yet, and would die of it.
    test
      .skipIf(missing.has(python))
      .concurrent(
        `${python}: in the first moments of its life it is sent nothing`,
        async (context) => {
          const site = await createSite({ python, mailer: false });
          const early = join(site.directory, 'early');
          mkdirSync(early);
          writeFileSync(
            join(early, 'sitecustomize.py'),
            'import os, time\nwhile not os.path.exists("go"): time.sleep(0.05)\n',
          );
          context.onTestFailed(() => {
            console.error(site.report());
          });
          let pid = 0;
          const ended = site.run(['gunicorn', '-c', 'gunicorn.py', 'wsgi:app'], {
            timeoutMs: 120_000,
            env: { PYTHONPATH: early, USERCENTER_BIND: new URL(site.endpoint.url).host },
            onSpawn: (spawned) => (pid = spawned),
          });
          context.onTestFinished(async () => {
            await endProcesses(site.processes(), 10_000);
            await ended;
            await site.stop();
          });
          await waitFor('gunicorn to be executed', () =>
            readProcess(pid)?.argv.join(' ').includes('gunicorn') === true ? true : undefined,
          );
          for (const args of [
            ['reload', `pid:${pid}`],
            ['reopen-logs', `pid:${pid}`],
            ['scale', `pid:${pid}`, '+1'],
            ['upgrade', `pid:${pid}`],
            ['signal', 'HUP', `pid:${pid}`],
          ]) {
            const refused = await site.reloadctl(args, { env: { PYTHONPATH: '' } });
            expect(refused.code, refused.stdout + refused.stderr).not.toBe(0);
            expect(refused.stdout + refused.stderr).toMatch(/does\s+not\s+catch/);
          }
          writeFileSync(join(site.directory, 'go'), '');
          await waitFor('gunicorn to serve', () => site.get().catch(() => undefined), {
            ceilingMs: 30_000,
          });
          expect(readProcess(pid)).toBeDefined();
        },
      );
  }
});
