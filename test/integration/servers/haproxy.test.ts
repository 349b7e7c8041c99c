import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { haproxyForTests } from '../../rig/servers/haproxy.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await haproxyForTests();

const startSite = (
  context: TestContext,
  edit = (text: string): string => text,
): Promise<ServerSite> => serverSiteForTest({ server, fixture: 'haproxy', edit }, context);

const withoutMaster = (text: string): string => text.replace(' -W', '');

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('haproxy.cfg', (text) =>
    text.replaceAll(/X-Version v\d+/g, `X-Version ${version}`),
  );
};

const planOf = async (site: ServerSite, action: string): Promise<Record<string, unknown>> => {
  const planned = await site.reloadctl(['--json', 'plan', action, 'haproxy']);
  expect(planned.code, site.report()).toBe(0);
  return (JSON.parse(planned.stdout) as { plan: Record<string, unknown> }).plan;
};

describe.skipIf(server === undefined)('HAProxy', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await startSite(context);
    const plan = await planOf(site, 'reload');
    expect(plan).toMatchObject({
      serverType: 'haproxy',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: (await site.master()).pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'haproxy -c' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGUSR2', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await startSite(context);
    const load = await startWatchedLoad(site);
    const master = await site.master();
    const before = await children(site);
    const answer = site.get('/slow', 20_000);
    for (const version of ['v2', 'v3']) {
      setVersion(site, version);
      const reloaded = await site.reloadctl(['reload', 'haproxy']);
      expect(reloaded, site.report()).toMatchObject({ code: 0 });
      expect((await site.get()).version).toBe(version);
    }
    expect(await answer).toMatchObject({ status: 200, version: 'v1' });
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  // After a reload, since the master then has variables that would make the check see nothing.
  test.concurrent('with a bad configuration it is sent nothing, and serves', async (context) => {
    const site = await startSite(context);
    expect(await site.reloadctl(['reload', 'haproxy']), site.report()).toMatchObject({ code: 0 });
    const before = await children(site);
    expect(await site.reloadctl(['check', 'haproxy']), site.report()).toMatchObject({ code: 0 });
    site.editFile('haproxy.cfg', (text) => `${text}    bind127.0.0.1\n`);
    const reloaded = await site.reloadctl(['reload', 'haproxy']);
    expect(reloaded.code, site.report()).toBe(10);
    const checked = await site.reloadctl(['check', 'haproxy']);
    expect(checked, site.report()).toMatchObject({ code: 10 });
    expect(reloaded.stderr).toContain("unknown keyword 'bind127.0.0.1'");
    expect((await site.get()).version).toBe('v1');
    expect(await children(site)).toEqual(before);
  });

  test.concurrent.for([
    // Cuts requests off; what supervisord sends by default.
    ['TERM', 'with a master'],
    ['TERM', 'without a master'],
    // Does not stop it.
    ['HUP', 'with a master'],
  ] as const)(
    'with stopsignal=%s and %s a request in flight is answered before it stops',
    async ([stopsignal, master], context) => {
      const site = await startSite(context, (text) => {
        const edited = text.replace('stopsignal=USR1', `stopsignal=${stopsignal}`);
        return master === 'with a master' ? edited : withoutMaster(edited);
      });
      const answer = site.get('/slow', 20_000);
      await waitForEstablished(site.port);
      const stopped = await site.reloadctl(['stop', 'haproxy']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(await answer).toMatchObject({ status: 200, version: 'v1' });
      expect(await site.program()).toMatchObject({ pid: 0 });
    },
  );

  // HUP would write statistics, and USR2 nothing at all.
  test.concurrent('without a master is sent nothing, and restarted on demand', async (context) => {
    const site = await startSite(context, withoutMaster);
    const master = await site.master();
    setVersion(site, 'v2');
    const refused = await site.reloadctl(['reload', '--strategy', 'hup', 'haproxy']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('restart');
    expect((await site.get()).version).toBe('v1');
    expect(site.readFile('haproxy.log')).not.toContain('SIGHUP');
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const restarted = await site.reloadctl(['restart', 'haproxy']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect(await answer).toMatchObject({ status: 200, version: 'v1' });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).pid).not.toBe(master.pid);
  });
});
