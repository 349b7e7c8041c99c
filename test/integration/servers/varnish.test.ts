import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { varnishForTests } from '../../rig/servers/varnish.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await varnishForTests();

const startSite = (
  context: TestContext,
  edit = (text: string): string => text,
): Promise<ServerSite> =>
  serverSiteForTest(
    { server, fixture: 'varnish', ports: 2, values: { NODE: process.execPath }, edit },
    context,
  );

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('default.vcl', (text) => text.replaceAll(/"v\d+"/g, `"${version}"`));
};

describe.skipIf(server === undefined)('Varnish', () => {
  test.concurrent('is recognised, and the plan says what will be run', async (context) => {
    const site = await startSite(context);
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'varnish']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'varnish',
      strategy: 'native',
      procs: [expect.objectContaining({ pid: (await site.master()).pid, role: 'master' })],
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'varnishd -C' }),
        expect.objectContaining({
          do: 'tell',
          what: expect.objectContaining({
            argv: expect.arrayContaining(['-n', `${site.directory}/work`]) as unknown,
          }) as unknown,
        }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await startSite(context);
    const load = await startWatchedLoad(site);
    const before = await site.children();
    const answer = site.get('/slow', 20_000);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'varnish']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.children()).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    expect(await answer).toMatchObject({ status: 200 });
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('with a bad VCL it is told nothing, and serves', async (context) => {
    const site = await startSite(context);
    site.editFile('default.vcl', (text) => text.replace('return (pass)', 'retrun (pass)'));
    const reloaded = await site.reloadctl(['reload', 'varnish']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain('retrun');
    expect((await site.get()).version).toBe('v1');
  });

  // It ignores HUP; what is in flight is cut off, which is said.
  test.concurrent(
    'is stopped, also where the stop signal does not, and says what that costs',
    async (context) => {
      const site = await startSite(context, (text) =>
        text.replace('stopsignal=TERM', 'stopsignal=HUP'),
      );
      const answer = site.get('/slow/30', 60_000).catch((error: unknown) => error);
      await waitForEstablished(Number(site.environment.PORT2));
      const stopped = await site.reloadctl(['stop', 'varnish']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(stopped.stderr).toContain('HUP, the configured stopsignal, does not stop Varnish');
      expect(await site.program()).toMatchObject({ pid: 0 });
      expect(await answer).toBeInstanceOf(Error);
    },
  );
});
