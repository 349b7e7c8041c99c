import { describe, expect, test, type TestContext } from 'vitest';
import { caddyForTests } from '../../rig/servers/caddy.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await caddyForTests();

const startSite = (
  context: TestContext,
  edit = (text: string): string => text,
): Promise<ServerSite> =>
  serverSiteForTest(
    { server, fixture: 'caddy', ports: 3, values: { NODE: process.execPath }, edit },
    context,
  );

/** Requests /slow and waits until the server behind has it. */
async function startSlow(
  site: ServerSite,
): Promise<{ readonly answer: ReturnType<ServerSite['get']> }> {
  const answer = site.get('/slow', 20_000);
  await waitForEstablished(Number(site.environment.PORT3));
  return { answer };
}

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('Caddyfile', (text) => text.replace(/X-Version v\d+/, `X-Version ${version}`));
};

describe.skipIf(server === undefined)('Caddy', () => {
  test.concurrent('is recognised, and the plan says what will be run', async (context) => {
    const site = await startSite(context);
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'caddy']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'caddy',
      strategy: 'native',
      procs: [expect.objectContaining({ pid: (await site.master()).pid, role: 'master' })],
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'caddy validate' }),
        expect.objectContaining({
          do: 'tell',
          what: expect.objectContaining({
            argv: [server?.binary, 'reload', '--config', 'Caddyfile', '--force'],
          }) as unknown,
        }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^2\./);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await startSite(context);
    const { answer } = await startSlow(site);
    const load = await startWatchedLoad(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'caddy']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect(await answer).toMatchObject({ status: 200, version: 'v1' });
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('with a bad configuration it is told nothing, and serves', async (context) => {
    const site = await startSite(context);
    site.editFile('Caddyfile', (text) => text.replace('respond', 'resbond'));
    const reloaded = await site.reloadctl(['reload', 'caddy']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain('unrecognized directive: resbond');
    expect((await site.get()).version).toBe('v1');
  });

  // The port of the server behind it: only binding shows that.
  test.concurrent('keeps the old configuration when it refuses the new one', async (context) => {
    const site = await startSite(context);
    setVersion(site, 'v2');
    const { PORT3 = '' } = site.environment;
    site.editFile('Caddyfile', (text) => text.replace(`:${site.port} {`, `:${PORT3} {`));
    const reloaded = await site.reloadctl(['reload', 'caddy']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain('address already in use');
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent.for([
    // Cuts requests off.
    'QUIT',
    // Does not stop it.
    'HUP',
  ])(
    'with stopsignal=%s a request in flight is answered before it stops',
    async (stopsignal, context) => {
      const site = await startSite(context, (text) =>
        text.replace('stopsignal=TERM', `stopsignal=${stopsignal}`),
      );
      const { answer } = await startSlow(site);
      const stopped = await site.reloadctl(['stop', 'caddy']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(await answer).toMatchObject({ status: 200, version: 'v1' });
      expect(await site.program()).toMatchObject({ pid: 0 });
    },
  );
});
