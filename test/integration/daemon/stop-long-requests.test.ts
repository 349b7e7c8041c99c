import { describe, expect, test } from 'vitest';
import { signalProcess } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';

/** A request that takes longer than stopwaitsecs, and what becomes of it; a worker is at work on it when this resolves. */
async function beginSlowRequest(site: Site, seconds: number): Promise<() => Promise<string>> {
  const outcome = site.get(`/slow?seconds=${seconds}`, 60_000).then(
    ({ status }) => `answered with ${status}`,
    (error: unknown) => String(error),
  );
  // An answer to a later request says that the earlier one has been accepted: accept(2) takes them in order.
  await site.get('/');
  return () => outcome;
}

/** stopwaitsecs is over before the request is answered, graceful_timeout is not. */
const SHORT_WAIT = {
  gracefulTimeoutSecs: 8,
  programOptions: { stopwaitsecs: 1, killasgroup: true },
} as const;

/** What runs of usercenter. */
const gunicornsOf = (site: Site): readonly string[] =>
  site
    .processes()
    .map(({ argv }) => argv.join(' '))
    .filter((line) => line.includes('wsgi:app'));

type Stop = (site: Site) => Promise<{ readonly code: number | null }>;
const bySupervisorctl: Stop = (site) => site.supervisorctl(['stop', 'usercenter']);
const byReloadctl: Stop = (site) => site.reloadctl(['stop', 'usercenter']);

describe('a stop with long requests waits out the longer of stopwaitsecs and graceful_timeout', () => {
  const rows = [
    { supervisor: 'reloadctl', client: 'supervisorctl', stop: bySupervisorctl, cuts: false },
    { supervisor: 'reloadctl', client: 'reloadctl', stop: byReloadctl, cuts: false },
    // Difference: A gunicorn is given the time that it gives itself.
    // What a stock supervisord does by itself, and what reloadctl makes it do.
    { supervisor: 'supervisord', client: 'supervisorctl', stop: bySupervisorctl, cuts: true },
    { supervisor: 'supervisord', client: 'reloadctl', stop: byReloadctl, cuts: false },
  ] as const;
  for (const { supervisor, client, stop, cuts } of rows) {
    const what = cuts ? 'cut off' : 'answered';
    test.concurrent(`${client} stop under ${supervisor}: ${what}`, async (context) => {
      const site = await siteForTest({ ...SHORT_WAIT, supervisor }, 'serving', context);
      // What is cut off must not have been answered before a slow machine comes to the stop.
      const outcome = await beginSlowRequest(site, cuts ? 30 : 3);
      const stopped = await stop(site);
      expect(stopped.code, site.report()).toBe(0);
      expect(await outcome(), site.report()).toMatch(cuts ? /hang up|ECONNRESET/ : /with 200/);
      const killed = /killing 'usercenter' \(\d+\) with SIGKILL/.test(site.supervisorLog());
      expect(killed).toBe(cuts);
      expect(await site.program()).toMatchObject({ state: 'STOPPED', pid: 0 });
    });
  }

  const limits = [
    { stopwaitsecs: 1, gracefulTimeoutSecs: 4, longer: 4 },
    { stopwaitsecs: 5, gracefulTimeoutSecs: 1, longer: 5 },
    // Its default of 10 s is nobody's wish.
    { stopwaitsecs: undefined, gracefulTimeoutSecs: 3, longer: 3, atMost: 9 },
  ] as const;
  for (const { longer, ...limit } of limits) {
    const { stopwaitsecs, gracefulTimeoutSecs } = limit;
    const title = `stopwaitsecs ${stopwaitsecs ?? 'not set'}, graceful_timeout ${gracefulTimeoutSecs}: a master that hangs is KILLed after ${longer} s`;
    test.concurrent(title, async (context) => {
      const options = { gracefulTimeoutSecs, programOptions: { stopwaitsecs } };
      const site = await siteForTest({ ...options, supervisor: 'reloadctl' }, 'serving', context);
      signalProcess(await site.master(), 'SIGSTOP');
      const beganAt = performance.now();
      const stopped = await site.supervisorctl(['stop', 'usercenter']);
      const tookS = (performance.now() - beganAt) / 1000;
      expect(stopped.code, site.report()).toBe(0);
      expect(tookS).toBeGreaterThanOrEqual(longer);
      if ('atMost' in limit) expect(tookS).toBeLessThan(limit.atMost);
      expect(site.supervisorLog()).toMatch(/killing 'usercenter' \(\d+\) with SIGKILL/);
      // Difference: What a process leaves of its group ends with it.
      // Its idle workers would notice only after 15 s that they have no master any more, and go on answering.
      expect(gunicornsOf(site)).toEqual([]);
      await context.annotate(`${tookS.toFixed(1)} s`);
    });
  }
});
