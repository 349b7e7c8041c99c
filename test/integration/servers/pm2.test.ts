import { describe, expect, test, type TestContext } from 'vitest';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { pm2ForTests } from '../../rig/servers/pm2.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';

const server = await pm2ForTests();

const workers = async (site: ServerSite): Promise<readonly number[]> =>
  (await site.children()).map(({ pid }) => pid);

/** Both processes have loaded their code: what is changed from now on they do not see. */
const startLoaded = async (context: TestContext, stopsignal = 'TERM'): Promise<ServerSite> => {
  const edit = (text: string): string =>
    text.replace('stopsignal=TERM', `stopsignal=${stopsignal}`);
  const site = await serverSiteForTest({ server, fixture: 'pm2', edit }, context);
  await waitFor(
    'both processes to have loaded',
    () => site.readFile('pm2.log').split('listening').length > 2 || undefined,
    { ceilingMs: 30_000 },
  );
  return site;
};

describe.skipIf(server === undefined)('pm2', () => {
  test.concurrent('is reloaded under load without a failed request', async (context) => {
    const site = await startLoaded(context);
    const load = await startWatchedLoad(site);
    const before = await workers(site);
    const master = await site.master();
    site.editFile('version.txt', () => 'v2\n');
    const reloaded = await site.reloadctl(['--json', 'reload', 'pm2']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    expect(reloaded.stdout).toContain('"pm2 reload all"');
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    const after = await workers(site);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(after).toHaveLength(before.length);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('code that is none changes nothing', async (context) => {
    const site = await startLoaded(context);
    const before = await workers(site);
    site.editFile('app.js', (text) => `const = 1;\n${text}`);
    const reloaded = await site.reloadctl(['reload', 'pm2']);
    expect(reloaded.code, site.report()).toBe(10);
    expect(reloaded.stderr).toContain('SyntaxError');
    expect(await workers(site)).toEqual(before);
    expect((await site.get()).version).toBe('v1');
  });

  test.concurrent('is stopped with a request in flight, which is answered', async (context) => {
    // HUP would end it at once, and leave its processes behind.
    const site = await startLoaded(context, 'HUP');
    const answer = site.get('/slow', 20_000);
    await waitForEstablished(site.port);
    const stopped = await site.reloadctl(['stop', 'pm2']);
    expect(stopped, site.report()).toMatchObject({ code: 0 });
    expect((await answer).body).toBe('v1\n');
  });
});
