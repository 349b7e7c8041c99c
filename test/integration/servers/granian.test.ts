import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { granianForTests } from '../../rig/servers/granian.ts';
import {
  serverSiteForTest,
  type ServerSite,
  type ServerSiteOptions,
} from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await granianForTests();

const options = { server, fixture: 'granian' };

const workers = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

/** Both workers have loaded the application: what is changed from now on they do not see. */
const startLoaded = async (given: ServerSiteOptions, context: TestContext): Promise<ServerSite> => {
  const site = await serverSiteForTest(given, context);
  await waitFor(
    'both workers to serve',
    () => site.readFile('granian.log').split('Started worker').length > 2 || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('granian', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'granian']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'granian',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'granian._internal.load_target' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load', async (context) => {
    const site = await startLoaded(options, context);
    const load = await startWatchedLoad(site);
    const before = await workers(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'granian']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    const after = await workers(site);
    expect(after).toHaveLength(before.length);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    // Those that waited at a worker that went are reset where the kernel does not hand them on.
    await context.annotate(describeLoad(await load.running.stop()));
  });

  test.concurrent('code that does not import changes nothing', async (context) => {
    const site = await startLoaded(options, context);
    const before = await workers(site);
    site.editFile('app.py', (text) => `import nosuchmodule\n${text}`);
    const reloaded = await site.reloadctl(['reload', 'granian']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain("No module named 'nosuchmodule'");
    expect((await site.get()).version).toBe('v1');
    expect(await workers(site)).toEqual(before);
  });

  // HUP as stop signal would be a reload.
  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    const edit = (text: string): string => text.replace('stopsignal=TERM', 'stopsignal=HUP');
    const site = await startLoaded({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'granian']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });
});
