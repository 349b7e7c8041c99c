import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { startReloadctl } from './support/background.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, lookAtServed } from './support/served.ts';
import { describeLoad, startWatchedLoad } from './support/under-load.ts';

const missing = await missingPythons();

const BOOT_SECONDS = 0.5;
const WORKERS = 2;

/** How many moments one site sees; the sites of a strategy share the moments of one reload between them. */
const MOMENTS_PER_SITE = 5;

/** Each moment costs two reloads; slow machines need their time for that. */
const CEILING_MS = 400_000;

const GROUPS = [
  { python: 'newest', strategy: 'bridge', part: 0, parts: 2 },
  { python: 'newest', strategy: 'bridge', part: 1, parts: 2 },
  { python: 'oldest', strategy: 'bridge', part: 0, parts: 2 },
  { python: 'oldest', strategy: 'bridge', part: 1, parts: 2 },
  { python: 'newest', strategy: 'rolling', part: 0, parts: 1 },
  { python: 'oldest', strategy: 'rolling', part: 0, parts: 1 },
] as const;

/** How long an undisturbed reload takes here and now. */
async function measureReload(site: Site, args: readonly string[]): Promise<number> {
  const { code, elapsedMs } = await site.reloadctl(args);
  expect(code).toBe(0);
  return elapsedMs;
}

describe('guarantee 8: killing reloadctl harms nothing', () => {
  for (const { python, strategy, part, parts } of combinations(GROUPS)) {
    const title = `${python} gunicorn, ${strategy}: kill -9 at ${MOMENTS_PER_SITE} moments under load (part ${part + 1} of ${parts}), and the next reload tidies up`;
    test.skipIf(missing.has(python)).concurrent(title, { timeout: CEILING_MS }, async (context) => {
      const site = await siteForTest(
        { python, workers: WORKERS, bootSeconds: BOOT_SECONDS, gracefulTimeoutSecs: 5 },
        'serving',
        context,
      );
      const flags = strategy === 'rolling' ? ['--surge', '1'] : [];
      const args = ['reload', 'usercenter', '--strategy', strategy, ...flags, '--settle', '0.3'];
      const load = await startWatchedLoad(site);
      const wholeMs = await measureReload(site, args);
      for (let moment = 0; moment < MOMENTS_PER_SITE; moment += 1) {
        const share = (moment * parts + part + 0.5) / (MOMENTS_PER_SITE * parts);
        const before = await lookAtServed(site);
        site.setVersion(`killed-${moment}`, { bootSeconds: BOOT_SECONDS });
        const killed = startReloadctl(site, args);
        await killed.id;
        // Not a wait for anything: the moment itself is what is tested.
        await sleep(wholeMs * share);
        await killed.signal('SIGKILL');
        const { stdout } = await killed.ended;
        await load.waitMore();

        const version = `tidied-${moment}`;
        site.setVersion(version, { bootSeconds: BOOT_SECONDS });
        const tidied = await site.reloadctl(['reload', 'usercenter', '--settle', '0.3']);
        const lastStep = stdout.trim().split('\n').at(-1);
        expect(
          { code: tidied.code, failed: (await load.running.snapshot()).failed },
          `killed at ${Math.round(share * 100)} % after ${lastStep}\n${tidied.stderr}${tidied.stdout}`,
        ).toEqual({ code: 0, failed: 0 });
        await expectReplaced(site, before, { version, count: WORKERS });
      }
      const summary = await load.stopWithoutFailure();
      await context.annotate(`whole reload ${Math.round(wholeMs)} ms; ${describeLoad(summary)}`);
    });
  }
});
