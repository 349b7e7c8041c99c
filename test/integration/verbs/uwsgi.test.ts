import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { uwsgiForTests } from '../../rig/servers/uwsgi.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { holdersOf } from './support/open-files.ts';

const server = await uwsgiForTests();

const options = { server, fixture: 'uwsgi' };

/** Adds lines to its configuration and starts it anew. */
async function configure(site: ServerSite, lines: string): Promise<void> {
  site.editFile('uwsgi.ini', (text) => `${text}\n${lines}\n`);
  expect(await site.reloadctl(['restart', '--hard', 'uwsgi']), site.report()).toMatchObject({
    code: 0,
  });
}

describe.skipIf(server === undefined)('the verbs on uWSGI', () => {
  test.concurrent('reopen-logs: the master opens the new file', async (context) => {
    const site = await serverSiteForTest(options, context);
    await configure(site, 'log-master = true\nlogto = %d/requests.log');
    const load = await startWatchedLoad(site);
    const log = join(site.directory, 'requests.log');
    renameSync(log, `${log}.1`);
    const reopened = await site.reloadctl(['reopen-logs', 'uwsgi']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    const pids = [await site.master(), ...(await site.children())].map(({ pid }) => pid);
    // The workers have inherited the old one, and write to the master's pipe.
    expect(holdersOf(log, pids)).toEqual(pids.slice(0, 1));
    expect(holdersOf(`${log}.1`, pids)).toEqual(pids.slice(1));
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  // Without log-master it is the master alone that opens the new one; the workers, who write, keep the old one.
  test.concurrent('reopen-logs: a worker that keeps the old file is found out', async (context) => {
    const site = await serverSiteForTest(options, context);
    await configure(site, 'logto = %d/requests.log');
    const log = join(site.directory, 'requests.log');
    renameSync(log, `${log}.1`);
    const reopened = await site.reloadctl(['reopen-logs', 'uwsgi']);
    expect(reopened.code, site.report()).toBe(12);
    expect(existsSync(log)).toBe(true);
    expect((await site.get()).status).toBe(200);
  });

  test.concurrent('scale: only with cheaper-algo=manual', async (context) => {
    const site = await serverSiteForTest(options, context);
    const refused = await site.reloadctl(['scale', 'uwsgi', '+1']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr).toContain('uWSGI has no way to be given more or fewer workers');
    await configure(site, 'cheaper = 1\ncheaper-initial = 1\ncheaper-algo = manual');
    const load = await startWatchedLoad(site);
    for (const [word, count] of [
      ['+1', 2],
      ['3', 3],
      ['-1', 2],
    ] as const) {
      const scaled = await site.reloadctl(['scale', 'uwsgi', word]);
      expect(scaled, site.report()).toMatchObject({ code: 0 });
      expect(scaled.stdout).toContain(`${count} workers`);
    }
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });

  test.concurrent('upgrade: the same process executes the new binary', async (context) => {
    const site = await serverSiteForTest(options, context);
    const before = (await site.children()).map(({ pid }) => pid);
    const master = await site.master();
    const load = await startWatchedLoad(site);
    site.editFile('version.txt', () => 'v2\n');
    const upgraded = await site.reloadctl(['upgrade', 'uwsgi']);
    expect(upgraded, site.report()).toMatchObject({ code: 0 });
    expect((await site.get()).version).toBe('v2');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    expect((await site.children()).filter(({ pid }) => before.includes(pid))).toEqual([]);
    await load.waitMore();
    await context.annotate(describeLoad(await load.stopWithoutFailure()));
  });
});
