import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, lookAtServed } from './support/served.ts';

const missing = await missingPythons();

/** What became of a request that was sent while the old version served. */
interface SlowAnswer {
  readonly status: number | string;
  readonly version: string;
  readonly pid: number;
  readonly tookMs: number;
}

/** Sends `count` requests that take `seconds` and waits until a worker is at work on each. */
async function sendSlow(
  site: Site,
  { count, seconds }: { readonly count: number; readonly seconds: number },
): Promise<() => Promise<readonly SlowAnswer[]>> {
  const beganAt = performance.now();
  const send = async (): Promise<SlowAnswer> => {
    const took = (): number => performance.now() - beganAt;
    try {
      const answer = await site.get(`/slow?seconds=${seconds}`, 60_000);
      const { pid } = JSON.parse(answer.body) as { pid: number };
      return { status: answer.status, version: answer.version, pid, tookMs: took() };
    } catch (error) {
      return { status: String(error), version: '', pid: 0, tookMs: took() };
    }
  };
  const answers = Promise.all(Array.from({ length: count }, send));
  // An answer to a later request says that the earlier ones have been accepted: accept(2) takes them in order.
  await site.get('/');
  return () => answers;
}

const ROWS = [
  { python: 'newest', workerClass: 'sync', flags: ['--strategy', 'bridge'] },
  { python: 'newest', workerClass: 'gthread', flags: ['--strategy', 'rolling', '--surge', '1'] },
  { python: 'newest', workerClass: 'gevent', flags: ['--strategy', 'bridge'] },
  { python: 'oldest', workerClass: 'sync', flags: ['--strategy', 'rolling', '--surge', '1'] },
  { python: 'oldest', workerClass: 'gthread', flags: ['--strategy', 'bridge'] },
  { python: 'oldest', workerClass: 'gevent', flags: ['--strategy', 'rolling'] },
] as const;

describe('guarantee 1: requests in flight when the reload begins are answered', () => {
  for (const { python, workerClass, flags } of combinations(ROWS)) {
    const title = `${python} gunicorn, ${workerClass} workers, ${flags.slice(1).join(' ')}: requests of 5 s end with 200 from the old version`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await siteForTest({ python, workerClass, workers: 3 }, 'serving', context);
      const before = await lookAtServed(site);
      const answered = await sendSlow(site, { count: 2, seconds: 5 });
      site.setVersion('v2');
      const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
      expect(reloaded).toMatchObject({ code: 0 });

      const oldPids = before.workers.map(({ pid }) => pid);
      for (const answer of await answered()) {
        expect(answer).toMatchObject({ status: 200, version: 'v1' });
        expect(oldPids).toContain(answer.pid);
      }
      await expectReplaced(site, before, { version: 'v2', count: 3 });
    });
  }
});

describe('guarantee 6: escalation is explicit', () => {
  const rows = [
    { python: 'newest', workerClass: 'sync', way: 'bridge' },
    { python: 'oldest', workerClass: 'sync', way: 'bridge' },
    { python: 'newest', workerClass: 'gthread', way: 'rolling' },
    { python: 'oldest', workerClass: 'gevent', way: 'bridge' },
  ] as const;
  for (const { python, workerClass, way } of rows) {
    const title = `${python} gunicorn, ${workerClass} workers, ${way}: a request longer than graceful_timeout is cut only after it, and the exit code is 11`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const options = { python, workerClass, workers: 2, gracefulTimeoutSecs: 2 };
      const site = await siteForTest(options, 'serving', context);
      const before = await lookAtServed(site);
      const answered = await sendSlow(site, { count: 1, seconds: 40 });
      site.setVersion('v2');
      const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter', '--strategy', way]);
      expect(reloaded).toMatchObject({ code: 11 });

      const events = eventsOf(reloaded);
      const killed = events.filter(({ event }) => event === 'killed');
      // gevent's workers give up by themselves at that time.
      const killers = workerClass === 'gevent' ? ['reloadctl', 'gunicorn'] : ['reloadctl'];
      expect(killed).toHaveLength(1);
      expect(killed[0]?.role).toBe('old-workers');
      expect(killers).toContain(killed[0]?.by);
      const asked = events.find(
        ({ event, signal, role }) =>
          event === 'signal' &&
          (way === 'bridge' ? signal === 'SIGHUP' : role === 'old-workers' || signal === 'SIGTTOU'),
      );
      expect((killed[0]?.atMs ?? 0) - (asked?.atMs ?? 0)).toBeGreaterThanOrEqual(2000);
      const [answer] = await answered();
      expect(answer?.status).toMatch(/ECONNRESET|socket hang up/);
      await expectReplaced(site, before, { version: 'v2', count: 2 });
    });
  }

  test
    .skipIf(missing.has('oldest'))
    .concurrent(
      'a worker that gives up by itself while the new ones boot is told of, with exit code 11',
      async (context) => {
        const options = {
          python: 'oldest',
          workerClass: 'gevent',
          gracefulTimeoutSecs: 1,
        } as const;
        const site = await siteForTest(options, 'serving', context);
        const answered = await sendSlow(site, { count: 1, seconds: 40 });
        site.setVersion('v2', { bootSeconds: 6 });
        const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter']);
        expect(reloaded).toMatchObject({ code: 11 });
        const killed = eventsOf(reloaded).filter(({ event }) => event === 'killed');
        expect(killed).toContainEqual(
          expect.objectContaining({ role: 'old-workers', by: 'gunicorn' }),
        );
        const [answer] = await answered();
        expect(answer?.status).toMatch(/ECONNRESET|socket hang up/);
      },
    );

  test('says which pid was KILLed and how long it had', async () => {
    const site = await siteForTest({ gracefulTimeoutSecs: 1 });
    const before = await lookAtServed(site);
    const answered = await sendSlow(site, { count: 1, seconds: 40 });
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code).toBe(11);
    const [, pid] = /KILLed old worker (\d+), which had been asked to go 1 s before/.exec(
      reloaded.stdout + reloaded.stderr,
    ) ?? ['', ''];
    expect(before.workers.map((worker) => String(worker.pid))).toContain(pid);
    await answered();
    await waitFor('an answer', () => site.get());
  });
});
