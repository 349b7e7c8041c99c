import { expect } from 'vitest';
import { isAlive } from '../../../rig/processes.ts';
import type { Site } from '../../../rig/site.ts';
import { expectOnlyServers, expectServedBy, lookAtServed, type Served } from './served.ts';

/** Another master with `count` workers serves in the place of the one before, of which nothing is left; the pid file names it. */
export async function expectSucceeded(
  site: Site,
  before: Served,
  { version, count }: { readonly version: string; readonly count: number },
): Promise<Served> {
  const now = await lookAtServed(site);
  expect(now.supervisedPid, 'supervised pid').not.toBe(before.supervisedPid);
  expect(isAlive(before.master), 'old master').toBe(false);
  expect(before.workers.filter(isAlive), 'old workers').toEqual([]);
  expect(now.workers, 'workers').toHaveLength(count);
  expect(site.readFile('usercenter.pid').trim(), 'pid file').toBe(String(now.master.pid));
  await expectOnlyServers(site);
  await expectServedBy(site, version, now.workers);
  return now;
}
