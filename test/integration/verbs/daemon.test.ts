import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { eventsOf } from '../reload/support/events.ts';
import { overlapSite, startFullLoad } from '../reload/support/overlapping.ts';
import { describeLoad } from '../reload/support/under-load.ts';
import { holdersOf } from './support/open-files.ts';

describe('the verbs under the daemon', () => {
  // There the new one has a pid of its own, and the daemon knows.
  test.concurrent(
    'upgrade: a whole second instance takes the place of the first',
    async (context) => {
      const site = await overlapSite({ preload: true }, context);
      const load = await startFullLoad(site);
      const master = await site.master();
      site.setVersion('v2', { bootSeconds: 0.3 });
      const upgraded = await site.reloadctl(['--json', 'upgrade', 'usercenter']);
      expect(upgraded.code, site.report()).toBe(0);
      expect(eventsOf(upgraded).at(-1)).toMatchObject({
        action: 'upgrade',
        outcome: 'done',
        strategy: 'overlap',
      });
      expect(isAlive(master)).toBe(false);
      expect((await site.get()).version).toBe('v2');
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
    },
  );

  test.concurrent('scale and reopen-logs', async (context) => {
    const site = await overlapSite({ gunicornOptions: { accesslog: 'access.log' } }, context);
    const load = await startFullLoad(site);
    const scaled = await site.reloadctl(['scale', 'usercenter', '+1']);
    expect(scaled.code, site.report()).toBe(0);
    expect(await site.workers()).toHaveLength(3);
    const log = join(site.directory, 'access.log');
    renameSync(log, `${log}.1`);
    const reopened = await site.reloadctl(['reopen-logs', 'usercenter']);
    expect(reopened.code, site.report()).toBe(0);
    const pids = [await site.master(), ...(await site.workers())].map(({ pid }) => pid);
    expect(holdersOf(log, pids)).toEqual(pids);
    await load.waitMore();
    await load.stopWithoutFailure();
  });
});
