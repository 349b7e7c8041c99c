import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { nginxForTests } from '../../rig/servers/nginx.ts';
import { phpFpmForTests } from '../../rig/servers/php-fpm.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await phpFpmForTests();

/** The web server in front of it. */
const front = await nginxForTests();

const startSite = (
  context: TestContext,
  edit = (text: string): string => text,
): Promise<ServerSite> =>
  serverSiteForTest(
    {
      server,
      fixture: 'php-fpm',
      ports: 2,
      values: {
        FRONT: front?.binary ?? '',
        LIBRARIES: front?.environment.LD_LIBRARY_PATH ?? '',
      },
      edit,
    },
    context,
  );

/** Requests something slow and waits until a worker has it. */
async function startSlow(
  site: ServerSite,
  path = '/slow',
): Promise<{ readonly answer: ReturnType<ServerSite['get']> }> {
  const answer = site.get(path, 60_000);
  await waitForEstablished(Number(site.environment.PORT2));
  return { answer };
}

const children = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

const setVersion = (site: ServerSite, version: string): void => {
  site.editFile('php-fpm.conf', (text) => text.replace(/= v\d+/, `= ${version}`));
};

/** As it is without a word in the configuration. */
async function startImpatient(context: TestContext): Promise<ServerSite> {
  const site = await startSite(context);
  site.editFile('php-fpm.conf', (text) => text.replace(/^process_control_timeout.*\n/m, ''));
  expect(await site.reloadctl(['restart', '--hard', 'php-fpm']), site.report()).toMatchObject({
    code: 0,
  });
  return site;
}

describe.skipIf(server === undefined || front === undefined)('php-fpm', () => {
  test.concurrent('is recognised, and the plan says what will be sent to whom', async (context) => {
    const site = await startSite(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'php-fpm']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'php-fpm',
      strategy: 'native',
      procs: expect.arrayContaining([
        expect.objectContaining({ pid: master.pid, role: 'master' }),
      ]) as unknown,
      steps: expect.arrayContaining([
        expect.objectContaining({
          do: 'preflight',
          argv: expect.arrayContaining([
            '-n',
            '-y',
            `${site.directory}/php-fpm.conf`,
            '-t',
          ]) as unknown,
        }),
        expect.objectContaining({ do: 'signal', signal: 'SIGUSR2', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^8\./);
  });

  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await startSite(context);
    const load = await startWatchedLoad(site);
    const before = await children(site);
    const master = await site.master();
    const { answer } = await startSlow(site);
    setVersion(site, 'v2');
    const reloaded = await site.reloadctl(['reload', 'php-fpm']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(await answer).toMatchObject({ status: 200 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await children(site)).filter((pid) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  // USR2 would end it.
  test.concurrent('with a bad configuration it is sent nothing, and serves', async (context) => {
    const site = await startSite(context);
    const before = await children(site);
    expect(await site.reloadctl(['check', 'php-fpm']), site.report()).toMatchObject({ code: 0 });
    site.editFile('php-fpm.conf', (text) => text.replace('pm.max_children', 'pm.max_childern'));
    const reloaded = await site.reloadctl(['reload', 'php-fpm']);
    expect(reloaded.code, site.report()).toBe(10);
    const checked = await site.reloadctl(['check', 'php-fpm']);
    expect(checked, site.report()).toMatchObject({ code: 10 });
    expect(reloaded.stderr).toContain("unknown entry 'pm.max_childern'");
    expect((await site.get()).version).toBe('v1');
    expect(await children(site)).toEqual(before);
  });

  test.concurrent('its logs are opened anew', async (context) => {
    const site = await startSite(context);
    const { answer } = await startSlow(site);
    renameSync(join(site.directory, 'error.log'), join(site.directory, 'error.log.1'));
    const reopened = await site.reloadctl(['reopen-logs', 'php-fpm']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    expect(site.readFile('error.log')).toContain('error log file re-opened');
    expect(await answer).toMatchObject({ status: 200 });
  });

  test.concurrent.for([
    // Cuts requests off; what supervisord sends by default.
    'TERM',
    // Does not stop it.
    'HUP',
  ])(
    'with stopsignal=%s a request in flight is answered before it stops',
    async (stopsignal, context) => {
      const site = await startSite(context, (text) =>
        text.replace('php-fpm.conf\nstopsignal=QUIT', `php-fpm.conf\nstopsignal=${stopsignal}`),
      );
      const { answer } = await startSlow(site);
      const stopped = await site.reloadctl(['stop', 'php-fpm']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(await answer).toMatchObject({ status: 200, version: 'v1' });
      expect(await site.program()).toMatchObject({ pid: 0 });
    },
  );

  test.concurrent(
    'without process_control_timeout it cuts requests off, and only where that is allowed',
    async (context) => {
      const site = await startImpatient(context);
      const master = await site.master();
      const { answer } = await startSlow(site);
      const refused = await site.reloadctl(['reload', 'php-fpm']);
      expect(refused.code, site.report()).toBe(10);
      expect(await answer).toMatchObject({ status: 200, version: 'v1' });
      setVersion(site, 'v2');
      const cut = await startSlow(site, '/slow/30');
      const reloaded = await site.reloadctl(['reload', '--allow-downtime', 'php-fpm']);
      expect(reloaded, site.report()).toMatchObject({ code: 0 });
      expect(await cut.answer).toMatchObject({ status: 502 });
      expect((await site.get()).version).toBe('v2');
      expect((await site.master()).startTicks).toBe(master.startTicks);
    },
  );

  test.concurrent('with pm = ondemand no worker is waited for', async (context) => {
    const site = await startSite(context);
    site.editFile('php-fpm.conf', (text) => text.replace('= static', '= ondemand'));
    expect(await site.reloadctl(['reload', 'php-fpm']), site.report()).toMatchObject({ code: 0 });
    setVersion(site, 'v2');
    expect(await site.reloadctl(['reload', 'php-fpm']), site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
  });
});
