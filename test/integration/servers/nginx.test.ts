import { describe, expect, test } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { nginxForTests } from '../../rig/servers/nginx.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await nginxForTests();

const options = { server, fixture: 'nginx' };

const toVersion =
  (version: string) =>
  (text: string): string =>
    text.replaceAll(/\bv\d+\b/g, version);

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

describe.skipIf(server === undefined)('nginx', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'nginx']);
    expect(planned.code).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'nginx',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'nginx -t' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    const before = await children(site);
    const master = await site.master();
    site.editFile('nginx.conf', toVersion('v2'));
    const reloaded = await site.reloadctl(['reload', 'nginx']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent(
    'keeps the old configuration when the new one is bad, and says so',
    async (context) => {
      const site = await serverSiteForTest(options, context);
      const before = await children(site);
      site.editFile('nginx.conf', (text) => text.replace('return 200', 'retrun 200'));
      const reloaded = await site.reloadctl(['reload', 'nginx']);
      expect(reloaded.code, site.report()).toBe(10);
      expect(reloaded.stderr).toContain('unknown directive "retrun"');
      expect((await site.get()).version).toBe('v1');
      expect(await children(site)).toEqual(before);
    },
  );

  // A zone may not change its key while it is in use, which only the nginx that uses it can know: `nginx -t` finds nothing.
  test.concurrent('has its silence found out where the check finds nothing', async (context) => {
    const site = await serverSiteForTest(options, context);
    const withZone = (key: string) => (text: string) =>
      text
        .replace(/^ *limit_req_zone.*\n/m, '')
        .replace(
          '    server {',
          `    limit_req_zone ${key} zone=one:1m rate=10000r/s;\n    server {`,
        );
    site.editFile('nginx.conf', withZone('$remote_addr'));
    expect(await site.reloadctl(['reload', 'nginx']), site.report()).toMatchObject({ code: 0 });
    const before = await children(site);
    const load = await startWatchedLoad(site);
    site.editFile('nginx.conf', (text) => toVersion('v2')(withZone('$request_uri')(text)));
    const reloaded = await site.reloadctl(['reload', 'nginx']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stdout).toContain('not reloaded, the old version still serves');
    expect(reloaded.stderr).toMatch(/nginx showed no effect within 15 s/);
    expect((await site.get()).version).toBe('v1');
    expect(await children(site)).toEqual(before);
    await load.waitMore();
    await load.stopWithoutFailure();
  });

  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    // With the stop signal that supervisord sends by default, which cuts requests off.
    const edit = (text: string): string => text.replace('stopsignal=QUIT', 'stopsignal=TERM');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'nginx']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toHaveLength(3030);
  });

  test.concurrent('is restarted where a new binary is wanted', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const restarted = await site.reloadctl(['restart', '--hard', 'nginx']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect((await site.master()).pid).not.toBe(master.pid);
    expect((await site.get()).status).toBe(200);
  });
});
