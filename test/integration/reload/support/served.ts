import { expect } from 'vitest';
import { isAlive, type Process, type ProcessId } from '../../../rig/processes.ts';
import type { Site } from '../../../rig/site.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** Who serves a site at one moment. */
export interface Served {
  /** What the supervisor reports. */
  readonly supervisedPid: number;
  readonly master: Process;
  readonly workers: readonly Process[];
}

/** Looks who serves usercenter now. Throws when it has no master. */
export async function lookAtServed(site: Site): Promise<Served> {
  const { pid } = await site.program();
  const master = await site.master();
  return { supervisedPid: pid, master, workers: await site.workers(master) };
}

const identify = ({ pid, startTicks }: ProcessId): string => `${pid}@${startTicks}`;

/** Which processes serve, as text that a failing test can show. */
function identitiesOf({ supervisedPid, master, workers }: Served): unknown {
  return { supervisedPid, master: identify(master), workers: workers.map(identify).sort() };
}

/**
 * Nothing of the site was changed: same supervised process, same master, same workers, and nobody else's master or worker beside them
 * (a bridge, a canary).
 */
export async function expectUntouched(site: Site, before: Served): Promise<void> {
  expect(identitiesOf(await lookAtServed(site))).toEqual(identitiesOf(before));
  await expectOnlyServers(site);
}

/**
 * Every process of the site is the supervisor, its programs, or a worker of the supervised master: no bridge, no canary, no orphan and no
 * command is left. A worker that is being forked or ending just now gets two seconds.
 */
export async function expectOnlyServers(site: Site): Promise<void> {
  let strangers: readonly Process[] = [];
  await waitFor(
    'nothing to run beside the program',
    async () => {
      strangers = await findStrangers(site);
      return strangers.length === 0 || undefined;
    },
    { ceilingMs: 2000, everyMs: 50 },
  ).catch(() => undefined); // Who it was is told next.
  expect(
    strangers.map(({ pid, ppid, argv }) => `pid ${pid} (parent ${ppid}): ${argv.join(' ')}`),
    'processes beside the program',
  ).toEqual([]);
}

async function findStrangers(site: Site): Promise<readonly Process[]> {
  const programs = (await site.programs()).map(({ pid }) => pid);
  const supervisor = site.supervisor()?.pid ?? 0;
  const master = await site.master();
  const workers = await site.workers(master);
  const known = new Set([supervisor, ...programs, master.pid, ...workers.map(({ pid }) => pid)]);
  return site.processes().filter(({ pid }) => !known.has(pid) && !isAbove(site, pid, master));
}

/** A wrapper between the supervisor and the master. */
function isAbove(site: Site, pid: number, master: Process): boolean {
  const all = new Map(site.processes().map((each) => [each.pid, each]));
  for (let above = all.get(master.ppid); above !== undefined; above = all.get(above.ppid)) {
    if (above.pid === pid) return true;
  }
  return false;
}

/** The same master has `count` workers, none of which ran before, and nothing else runs. */
export async function expectReplaced(
  site: Site,
  before: Served,
  { version, count }: { readonly version: string; readonly count: number },
): Promise<Served> {
  const now = await lookAtServed(site);
  expect(now.supervisedPid, 'supervised pid').toBe(before.supervisedPid);
  expect(identify(now.master), 'master').toBe(identify(before.master));
  expect(now.workers, 'workers').toHaveLength(count);
  expect(before.workers.filter(isAlive), 'old workers').toEqual([]);
  await expectOnlyServers(site);
  await expectServedBy(site, version, now.workers);
  return now;
}

/** Another master with `count` workers of its own is in the place of the one before, of whom nothing runs. */
export async function expectOverlapped(
  site: Site,
  before: Served,
  { version, count }: { readonly version: string; readonly count: number },
): Promise<Served> {
  const now = await lookAtServed(site);
  expect(now.supervisedPid, 'supervised pid').toBe(now.master.pid);
  expect(identify(now.master), 'master').not.toBe(identify(before.master));
  expect(now.workers, 'workers').toHaveLength(count);
  const old = [before.master, ...before.workers];
  expect(old.filter(isAlive), 'the old master and its workers').toEqual([]);
  await expectOnlyServers(site);
  await expectServedBy(site, version, now.workers);
  return now;
}

/** Each of these workers, and nobody else, answers with `version`. */
export async function expectServedBy(
  site: Site,
  version: string,
  workers: readonly ProcessId[],
): Promise<void> {
  const unseen = new Set(workers.map(({ pid }) => pid));
  const others: string[] = [];
  await waitFor(
    'an answer of each worker',
    async () => {
      // One more at once than there are workers, so that they do not all go to the one that is quickest.
      const answers = await Promise.all(
        [site, ...workers].map(() => site.get('/slow?seconds=0.02', 20_000)),
      );
      for (const answer of answers) {
        const { pid } = JSON.parse(answer.body) as { pid: number };
        unseen.delete(pid);
        const isExpected = workers.some((worker) => worker.pid === pid);
        if (answer.version !== version || !isExpected) others.push(`${pid}: ${answer.version}`);
      }
      return unseen.size === 0 || undefined;
    },
    { ceilingMs: 30_000, everyMs: 50, observe: () => [...unseen] },
  );
  expect(others, 'answers of others').toEqual([]);
}
