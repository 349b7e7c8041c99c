import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { apacheForTests } from '../../rig/servers/apache.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await apacheForTests();

/** Of fixtures/apache/htdocs/slow.txt, which takes two seconds. */
const SLOW_BYTES = 2020;

const startSite = (
  context: TestContext,
  { mpm = 'event', edit = (text: string): string => text } = {},
): Promise<ServerSite> =>
  serverSiteForTest({ server, fixture: 'apache', values: { MPM: mpm }, edit }, context);

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('httpd.conf', (text) => text.replace(/X-Version v\d+/, `X-Version ${version}`));
};

describe.skipIf(server === undefined)('Apache httpd', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await startSite(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'apache']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'apache',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({
          do: 'preflight',
          argv: expect.arrayContaining(['-f', '-D', 'FOREGROUND', '-t']) as unknown,
        }),
        expect.objectContaining({ do: 'signal', signal: 'SIGUSR1', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^2\.4\./);
  });

  test.concurrent.for(['event', 'prefork'])(
    'with mpm_%s is reloaded under load without a failed request',
    async (mpm, context) => {
      const site = await startSite(context, { mpm });
      const load = await startWatchedLoad(site);
      const before = await children(site);
      const master = await site.master();
      setVersion(site, 'v2');
      const reloaded = await site.reloadctl(['reload', 'apache']);
      expect(reloaded, site.report()).toMatchObject({ code: 0 });
      expect((await site.get()).version).toBe('v2');
      expect((await site.master()).startTicks).toBe(master.startTicks);
      expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    },
  );

  // HUP would cut it off.
  test.concurrent('answers what is in flight, also where HUP is asked for', async (context) => {
    const site = await startSite(context);
    const answer = site.get('/slow.txt', 20_000);
    await waitForEstablished(site.port);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', '--strategy', 'hup', 'apache']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(await answer).toMatchObject({ status: 200, version: 'v1' });
    expect((await answer).body).toHaveLength(SLOW_BYTES);
    expect((await site.get()).version).toBe('v2');
    expect(site.readFile('error.log')).toContain('SIGUSR1 received');
    expect(site.readFile('error.log')).not.toContain('SIGHUP received');
  });

  // USR1 would end the parent.
  test.concurrent('with a bad configuration it is sent nothing, and serves', async (context) => {
    const site = await startSite(context);
    const before = await children(site);
    const master = await site.master();
    expect(await site.reloadctl(['check', 'apache']), site.report()).toMatchObject({ code: 0 });
    site.editFile('httpd.conf', (text) => text.replace('Header always', 'Haeder always'));
    const reloaded = await site.reloadctl(['reload', 'apache']);
    expect(reloaded.code, site.report()).toBe(10);
    const checked = await site.reloadctl(['check', 'apache']);
    expect(checked, site.report()).toMatchObject({ code: 10 });
    expect(reloaded.stderr).toContain("Invalid command 'Haeder'");
    expect((await site.get()).version).toBe('v1');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect(await children(site)).toEqual(before);
  });

  // Both are USR1, which reads the configuration too.
  test.concurrent('its log is opened anew, but not with a bad configuration', async (context) => {
    const site = await startSite(context);
    const rotate = (to: string): void => {
      renameSync(join(site.directory, 'error.log'), join(site.directory, to));
    };
    rotate('error.log.1');
    const reopened = await site.reloadctl(['reopen-logs', 'apache']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    expect(site.readFile('error.log')).toContain('resuming normal operations');
    const master = await site.master();
    rotate('error.log.2');
    site.editFile('httpd.conf', (text) => text.replace('Header always', 'Haeder always'));
    const refused = await site.reloadctl(['reopen-logs', 'apache']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain("Invalid command 'Haeder'");
    expect((await site.get()).version).toBe('v1');
    expect((await site.master()).startTicks).toBe(master.startTicks);
  });

  test.concurrent.for([
    // Cuts requests off; what supervisord sends by default.
    ['TERM', 'event'],
    // Does not stop it.
    ['USR1', 'prefork'],
    // Would leave its children behind with the port.
    ['QUIT', 'event'],
  ] as const)(
    'with stopsignal=%s and mpm_%s a request in flight is answered before it stops',
    async ([stopsignal, mpm], context) => {
      const edit = (text: string): string =>
        text.replace('stopsignal=WINCH', `stopsignal=${stopsignal}`);
      const site = await startSite(context, { mpm, edit });
      const answer = site.get('/slow.txt', 20_000);
      await waitForEstablished(site.port);
      const stopped = await site.reloadctl(['stop', 'apache']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect((await answer).body).toHaveLength(SLOW_BYTES);
      expect(await site.program()).toMatchObject({ pid: 0 });
    },
  );
});
