import { describe, expect, test } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { uwsgiForTests } from '../../rig/servers/uwsgi.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await uwsgiForTests();

const options = { server, fixture: 'uwsgi' };

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('uWSGI', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'uwsgi']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'uwsgi',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'uwsgi --need-app' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
      notes: expect.arrayContaining([
        {
          code: 'server-recognised',
          title: 'uWSGI',
          variants: ['die-on-term', 'master FIFO'],
        },
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^2\.0/);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    const before = await children(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'uwsgi']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent(
    'is reloaded again and again, and checked, with its command line',
    async (context) => {
      const command =
        '--http-socket 127.0.0.1:%(ENV_PORT)s --wsgi-file app.py --master --need-app --die-on-term';
      const edit = (text: string): string => text.replace('--ini uwsgi.ini', command);
      const site = await serverSiteForTest({ ...options, edit }, context);
      for (const version of ['v2', 'v3', 'v4']) {
        setVersion(site, version);
        const reloaded = await site.reloadctl(['reload', 'uwsgi']);
        expect(reloaded, site.report()).toMatchObject({ code: 0 });
        expect((await site.get()).version).toBe(version);
      }
      expect(await site.reloadctl(['check', 'uwsgi']), site.report()).toMatchObject({ code: 0 });
    },
  );

  test.concurrent('with lazy-apps its workers are replaced one by one', async (context) => {
    const site = await serverSiteForTest(options, context);
    site.editFile('uwsgi.ini', (text) => `${text}lazy-apps = true\n`);
    expect(await site.reloadctl(['restart', '--hard', 'uwsgi']), site.report()).toMatchObject({
      code: 0,
    });
    const load = await startWatchedLoad(site);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['--json', 'reload', 'uwsgi']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(reloaded.stdout).toContain('(chain reload)');
    expect((await site.get()).version).toBe('v2');
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('code that does not import changes nothing', async (context) => {
    const site = await serverSiteForTest(options, context);
    const before = await children(site);
    site.editFile('app.py', (text) => `import nosuchmodule\n${text}`);
    const reloaded = await site.reloadctl(['reload', 'uwsgi']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain("No module named 'nosuchmodule'");
    expect((await site.get()).version).toBe('v1');
    expect(await children(site)).toEqual(before);
  });

  // It would go on as if nothing were wrong, and answer 500 to everything.
  test.concurrent('nor does it without need-app', async (context) => {
    const site = await serverSiteForTest(options, context);
    site.editFile('uwsgi.ini', (text) => text.replace(/^need-app.*\n/m, ''));
    expect(await site.reloadctl(['restart', '--hard', 'uwsgi']), site.report()).toMatchObject({
      code: 0,
    });
    const before = await children(site);
    site.editFile('app.py', (text) => `import nosuchmodule\n${text}`);
    const reloaded = await site.reloadctl(['reload', 'uwsgi']);
    expect(reloaded.code, site.report()).toBe(10);
    expect((await site.get()).version).toBe('v1');
    expect(await children(site)).toEqual(before);
  });

  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    const site = await serverSiteForTest(options, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'uwsgi']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });

  // The supervisor's TERM alone would reload it for ever.
  test.concurrent('is stopped also where TERM reloads it and there is no FIFO', async (context) => {
    const site = await serverSiteForTest(options, context);
    site.editFile('uwsgi.ini', (text) => text.replace(/^(die-on-term|master-fifo).*\n/gm, ''));
    expect(await site.reloadctl(['restart', '--hard', 'uwsgi']), site.report()).toMatchObject({
      code: 0,
    });
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'uwsgi']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });
});
