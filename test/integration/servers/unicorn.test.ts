import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { unicornForTests } from '../../rig/servers/unicorn.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await unicornForTests();

const options = { server, fixture: 'unicorn' };

const workers = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('version.txt', () => `${version}\n`);
};

describe.skipIf(server === undefined)('unicorn', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await serverSiteForTest(options, context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'unicorn']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'unicorn',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'unicorn, without listening' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await serverSiteForTest(options, context);
    const load = await startWatchedLoad(site);
    const before = await workers(site);
    const master = await site.master();
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'unicorn']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    const after = await workers(site);
    expect(after).toHaveLength(before.length);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent.for([
    ['an application', 'config.ru', "require 'nosuchlibrary'\n", 'nosuchlibrary'],
    ['a configuration', 'unicorn.rb', 'worker_proceses 3\n', 'worker_proceses'],
  ])(
    '%s that does not load changes nothing',
    async ([, file = '', line = '', said = ''], context) => {
      const site = await serverSiteForTest(options, context);
      const before = await workers(site);
      site.editFile(file, (text) => line + text);
      const reloaded = await site.reloadctl(['reload', 'unicorn']);
      expect(reloaded.code, site.report()).toBe(10);
      expect(reloaded.stderr).toContain(said);
      expect((await site.get()).version).toBe('v1');
      expect(await workers(site)).toEqual(before);
    },
  );

  // The TERM that supervisord sends by default would cut it off.
  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    const edit = (text: string): string => text.replace('stopsignal=QUIT', 'stopsignal=TERM');
    const site = await serverSiteForTest({ ...options, edit }, context);
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'unicorn']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });

  test.concurrent.for([
    [
      'a preloaded application',
      (site: ServerSite) => {
        site.editFile('unicorn.rb', (text) => `${text}preload_app true\n`);
      },
    ],
    // HUP would start a second master that the supervisor does not know.
    [
      'no configuration file',
      (site: ServerSite) => {
        site.editFile('supervisord.conf', (text) =>
          text.replace('-c unicorn.rb', '-l 127.0.0.1:%(ENV_PORT)s'),
        );
      },
    ],
  ] as const)('with %s it is sent no HUP', async ([, change], context) => {
    const site = await serverSiteForTest(options, context);
    change(site);
    for (const args of [['update'], ['restart', '--hard', 'unicorn']]) {
      expect(await site.reloadctl(args), site.report()).toMatchObject({ code: 0 });
    }
    const master = await site.master();
    const before = await workers(site);
    expect((await site.reloadctl(['reload', 'unicorn'])).code, site.report()).toBe(10);
    expect(isAlive(master)).toBe(true);
    expect(await workers(site)).toEqual(before);
  });
});
