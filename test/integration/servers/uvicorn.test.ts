import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import {
  serverSiteForTest,
  type ServerSite,
  type ServerSiteOptions,
} from '../../rig/servers/server-site.ts';
import { olderUvicornForTests, uvicornForTests } from '../../rig/servers/uvicorn.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await uvicornForTests();
const older = await olderUvicornForTests();

const options = { server, fixture: 'uvicorn' };

const asOneProcess = (text: string): string => text.replace(' --workers 2', '');

/** Without python's resource tracker. */
const workers = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children())
    .filter(({ argv }) => argv.join(' ').includes('spawn_main'))
    .map(({ pid }) => pid);

/** Both processes have loaded the application: what is changed from now on they do not see. */
const startLoaded = async (given: ServerSiteOptions, context: TestContext): Promise<ServerSite> => {
  const site = await serverSiteForTest(given, context);
  await waitFor(
    'both processes to serve',
    () => site.readFile('uvicorn.log').split('startup complete').length > 2 || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('uvicorn', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'uvicorn']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'uvicorn',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'uvicorn.Config(…).load()' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
      notes: expect.arrayContaining([
        { code: 'server-recognised', title: 'uvicorn', variants: ['several processes'] },
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load, and nobody is refused', async (context) => {
    const site = await startLoaded(options, context);
    const load = await startWatchedLoad(site);
    const before = await workers(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'uvicorn']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    const after = await workers(site);
    expect(after).toHaveLength(before.length);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithFewResets()));
  });

  test.concurrent('code that does not import changes nothing', async (context) => {
    const site = await startLoaded(options, context);
    const before = await workers(site);
    site.editFile('app.py', (text) => `import nosuchmodule\n${text}`);
    const reloaded = await site.reloadctl(['reload', 'uvicorn']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain("No module named 'nosuchmodule'");
    expect((await site.get()).version).toBe('v1');
    expect(await workers(site)).toEqual(before);
  });

  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    // HUP as stop signal would be a reload.
    const edit = (text: string): string => text.replace('stopsignal=TERM', 'stopsignal=HUP');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'uvicorn']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });

  test.concurrent('as one process it is not sent the HUP that would end it', async (context) => {
    const site = await serverSiteForTest({ ...options, edit: asOneProcess }, context);
    const master = await site.master();
    for (const args of [
      ['reload', 'uvicorn'],
      ['reload', '--strategy', 'hup', 'uvicorn'],
      ['signal', 'HUP', 'uvicorn'],
    ]) {
      const refused = await site.reloadctl(args);
      expect(refused.code, `${args.join(' ')}\n${site.report()}`).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
    expect((await site.get()).version).toBe('v1');
    setVersion(site, 'v2');
    const restarted = await site.reloadctl(['restart', 'uvicorn']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
  });
});

describe.skipIf(older === undefined)('uvicorn before 0.51', () => {
  test.concurrent('is reloaded under load, during which requests wait', async (context) => {
    const site = await startLoaded({ server: older, fixture: 'uvicorn' }, context);
    const load = await startWatchedLoad(site);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['--json', 'reload', 'uvicorn']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(reloaded.stdout).toContain('"stall"');
    expect((await site.get()).version).toBe('v2');
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithFewResets()));
  });
});
