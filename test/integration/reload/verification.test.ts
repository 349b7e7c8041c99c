import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { signalProcess } from '../../rig/processes.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startReloadctl } from './support/background.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';
import {
  expectOnlyServers,
  expectReplaced,
  expectServedBy,
  expectUntouched,
  lookAtServed,
} from './support/served.ts';
import { describeLoad, startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

describe('guarantee 2: no request waits for the new code to boot', () => {
  const BOOT_SECONDS = 3;
  for (const { python, flags } of [
    { python: 'newest', flags: ['--strategy', 'bridge'] },
    { python: 'oldest', flags: ['--strategy', 'bridge'] },
    { python: 'newest', flags: ['--strategy', 'rolling'] },
    { python: 'oldest', flags: ['--strategy', 'rolling', '--surge', '1'] },
  ] as const) {
    const title = `${python} gunicorn, ${flags.slice(1).join(' ')}: code that imports for ${BOOT_SECONDS} s`;
    test.skipIf(missing.has(python)).concurrent(title, async (context) => {
      const site = await siteForTest({ settle: 'as-shipped', python }, 'serving', context);
      const before = await lookAtServed(site);
      const load = await startWatchedLoad(site);
      // What this machine does to a request at this moment without any reload.
      const { maxMs: usualMs } = await load.waitMore(50);
      site.setVersion('v2', { bootSeconds: BOOT_SECONDS });
      const reloaded = await site.reloadctl(['reload', 'usercenter', ...flags]);
      expect(reloaded.code, site.report()).toBe(0);
      await expectReplaced(site, before, { version: 'v2', count: 2 });
      await load.waitMore();
      const summary = await load.stopWithoutFailure();
      await context.annotate(describeLoad(summary));
      expect(summary.maxMs).toBeLessThan((BOOT_SECONDS * 1000) / 2 + usualMs);
    });
  }

  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a bare HUP, for comparison, lets them wait, and says so before',
      async (context) => {
        const site = await siteForTest({ settle: 'as-shipped' }, 'serving', context);
        const load = await startWatchedLoad(site);
        site.setVersion('v2', { bootSeconds: BOOT_SECONDS });
        const reloaded = await site.reloadctl(['reload', 'usercenter', '--strategy', 'hup']);
        expect(reloaded.code, site.report()).toBe(0);
        expect(reloaded.stderr).toContain('requests wait while the new code boots');
        await load.waitMore();
        const summary = await load.stopWithoutFailure();
        await context.annotate(describeLoad(summary));
        expect(summary.maxMs).toBeGreaterThan(BOOT_SECONDS * 1000 * 0.8);
      },
    );
});

describe('guarantee 4: "done" means observed', () => {
  test
    .skipIf(missing.has('newest'))
    .concurrent(
      'a health check that answers well counts, one that does not is exit 10, and nobody met the new code',
      async (context) => {
        const site = await siteForTest({ settle: 'as-shipped' }, 'serving', context);
        const health = ['--health-url', `${site.endpoint.url}/health`];
        site.setVersion('v2');
        expect(await site.reloadctl(['reload', 'usercenter', ...health])).toMatchObject({
          code: 0,
        });

        const before = await lookAtServed(site);
        const load = await startWatchedLoad(site);
        site.setVersion('v3', { broken: 'unhealthy' });
        for (const strategy of ['bridge', 'rolling', 'hup']) {
          const words = ['reload', 'usercenter', '--strategy', strategy, ...health];
          const unhealthy = await site.reloadctl(words);
          expect(unhealthy.code, site.report()).toBe(10);
          expect(unhealthy.stderr + unhealthy.stdout).toContain('status 503');
        }
        await expectUntouched(site, before);
        await load.waitMore();
        await load.stopWithoutFailure();

        // What stands before the server can be asked only when the new code serves.
        const front = createServer((_, answer) => answer.writeHead(503).end()).listen(
          0,
          '127.0.0.1',
        );
        context.onTestFinished(() => void front.close());
        await once(front, 'listening');
        const { port } = front.address() as AddressInfo;
        site.setVersion('v4');
        const words = ['reload', 'usercenter', '--health-url', `http://127.0.0.1:${port}/`];
        const degraded = await site.reloadctl(words);
        expect(degraded.code, site.report()).toBe(12);
        expect(degraded.stderr + degraded.stdout).toContain('DEGRADED');
        await expectServedBy(site, 'v4', await site.workers());
        await expectOnlyServers(site);
      },
    );

  test
    .skipIf(missing.has('newest'))
    .concurrent('--settle says how long the new version has to hold', async (context) => {
      const site = await siteForTest({ settle: 'as-shipped' }, 'serving', context);
      for (const [index, seconds] of [0, 2.5].entries()) {
        site.setVersion(`v${index + 2}`);
        const reloaded = await site.reloadctl([
          ...['--json', 'reload', 'usercenter', '--settle', String(seconds)],
        ]);
        expect(reloaded.code, site.report()).toBe(0);
        // Once beside the old version, once at the end.
        const held = eventsOf(reloaded)
          .filter(({ event, step }) => {
            const { id } = (step ?? {}) as { id?: string };
            return event === 'step-done' && (id === 'bridge-holds' || id === 'settled');
          })
          .map(({ elapsedMs }) => Number(elapsedMs));
        expect(held).toHaveLength(2);
        expect(Math.min(...held)).toBeGreaterThanOrEqual(seconds * 1000);
        expect(Math.max(...held)).toBeLessThan(seconds * 1000 + 2000);
      }
    });

  test.skipIf(missing.has('newest')).concurrent('--timeout limits one boot', async (context) => {
    const site = await siteForTest({ settle: 'as-shipped' }, 'serving', context);
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 2 });
    const refused = await site.reloadctl(['reload', 'usercenter', '--timeout', '1']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stderr + refused.stdout).toContain('not seen within 1 s');
    await expectUntouched(site, before);
    const reloaded = await site.reloadctl(['reload', 'usercenter', '--timeout', '10']);
    expect(reloaded.code, site.report()).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: 2 });
  });
});

describe('the master dies in the middle of a bridge', () => {
  for (const python of combinations(['newest', 'oldest'])) {
    for (const step of ['new-workers', 'bridge-boots'] as const) {
      const title = `${python} gunicorn, kill -9 at ${step}: the supervisor brings it back, the bridge goes, and what is told is true`;
      test.skipIf(missing.has(python)).concurrent(title, async (context) => {
        const site = await siteForTest({ settle: 'as-shipped', python }, 'serving', context);
        const before = await lookAtServed(site);
        site.setVersion('v2', { bootSeconds: 1 });
        const reload = startReloadctl(site, ['reload', 'usercenter', '--strategy', 'bridge']);
        await reload.waitForStep(step);
        const { bridge } = (
          await reload.waitForEvent(
            'a bridge',
            ({ event, now }) =>
              event === 'workers' && (now as { bridge?: unknown }).bridge !== undefined,
          )
        ).now as { bridge: { pid: number } };
        signalProcess(before.master, 'SIGKILL');
        const ended = await reload.ended;
        await context.annotate(`exit ${ended.code} after ${Math.round(ended.elapsedMs)} ms`);

        const result = eventsOf(ended).at(-1);
        expect([11, 12], site.report()).toContain(ended.code);
        if (ended.code === 11) expect(result).toMatchObject({ outcome: 'done-with-kill' });
        await waitFor('the program to serve', async () => {
          const { version } = await site.get();
          const workers = await site.workers();
          return (version === 'v2' && workers.length === 2) || undefined;
        });
        expect((await lookAtServed(site)).supervisedPid).not.toBe(before.supervisedPid);
        await expectOnlyServers(site);
        expect(site.processes().map(({ pid }) => pid)).not.toContain(bridge.pid);
      });
    }
  }
});
