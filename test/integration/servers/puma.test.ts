import { describe, expect, test } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { pumaForTests } from '../../rig/servers/puma.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await pumaForTests();

const options = { server, fixture: 'puma' };

const workers = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('puma', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'puma']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'puma',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'Puma::Configuration#app' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGUSR1', to: 'master' }),
      ]) as unknown,
      notes: expect.arrayContaining([
        { code: 'server-recognised', title: 'puma', variants: ['cluster'] },
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load, and nobody is refused', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    const before = await workers(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'puma']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    const after = await workers(site);
    expect(after).toHaveLength(before.length);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithFewResets()));
  });

  test.concurrent.for([
    ['an application', 'config.ru', "require 'nosuchlibrary'\n", 'nosuchlibrary'],
    ['a configuration', 'puma.rb', 'wokers 3\n', 'wokers'],
  ])(
    '%s that does not load changes nothing',
    async ([, file = '', line = '', said = ''], context) => {
      const site = await serverSiteForTest(options, context);
      const before = await workers(site);
      site.editFile(file, (text) => line + text);
      const reloaded = await site.reloadctl(['reload', 'puma']);
      expect(reloaded.code, site.report()).toBe(10);
      expect(reloaded.stderr).toContain(said);
      expect((await site.get()).version).toBe('v1');
      expect(await workers(site)).toEqual(before);
    },
  );

  // QUIT, which is graceful for unicorn, would cut it off.
  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    const edit = (text: string): string => text.replace('stopsignal=TERM', 'stopsignal=QUIT');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'puma']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });

  // USR1 would do the same, but nobody would know that requests wait.
  test.concurrent('with a preloaded application it is executed anew', async (context) => {
    const site = await serverSiteForTest(options, context);
    site.editFile('puma.rb', (text) => text.replace('preload_app! false', 'preload_app!'));
    expect(await site.reloadctl(['restart', '--hard', 'puma']), site.report()).toMatchObject({
      code: 0,
    });
    const master = await site.master();
    const load = await startWatchedLoad(site);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['--json', 'reload', 'puma']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(reloaded.stdout).toContain('"SIGUSR2"');
    expect(reloaded.stdout).toContain('"stall"');
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithFewResets()));
  });

  test.concurrent('as one process it has no reload', async (context) => {
    const site = await serverSiteForTest(options, context);
    site.editFile('puma.rb', (text) => text.replace(/^(workers|preload_app!).*\n/gm, ''));
    expect(await site.reloadctl(['restart', '--hard', 'puma']), site.report()).toMatchObject({
      code: 0,
    });
    const master = await site.master();
    const refused = await site.reloadctl(['reload', 'puma']);
    expect(refused.code, site.report()).toBe(10);
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await site.get()).status).toBe(200);
  });
});
