import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { startReloadctl } from '../reload/support/background.ts';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { expectOnlyServers } from '../reload/support/served.ts';
import { describeLoad, startWatchedLoad } from '../reload/support/under-load.ts';
import { BEHIND_LINK, killWorker } from './support/behind-link.ts';

const missing = await missingPythons();

/** Two sites for each gunicorn share the twenty moments of one deployment. */
const MOMENTS = process.env.RELOADCTL_TEST_ALL === undefined ? 3 : 10;

const GROUPS = [
  { python: 'newest', part: 0 },
  { python: 'newest', part: 1 },
  { python: 'oldest', part: 0 },
] as const;

/** Each moment costs two deployments. */
const CEILING_MS = 500_000;

describe('deploy that is killed in the middle', () => {
  for (const { python, part } of combinations(GROUPS)) {
    const title = `${python} gunicorn: kill -9 at ${MOMENTS} moments under load (part ${part + 1} of 2): the link names what serves once it is resumed`;
    test.skipIf(missing.has(python)).concurrent(title, { timeout: CEILING_MS }, async (context) => {
      const site = await siteForTest({ ...BEHIND_LINK, python }, 'serving', context);
      const load = await startWatchedLoad(site);
      const deploy = (name: string): readonly string[] => [
        'deploy',
        'usercenter',
        '--release',
        join('releases', name),
        '--settle',
        '0.3',
      ];
      site.writeRelease('whole', 'whole');
      const whole = await site.reloadctl(deploy('whole'));
      expect(whole.code, whole.stderr).toBe(0);
      let serves = 'whole';
      for (let moment = 0; moment < MOMENTS; moment += 1) {
        const share = (moment * 2 + part + 0.5) / (MOMENTS * 2);
        const next = `r${moment}`;
        site.writeRelease(next, next);
        const killed = startReloadctl(site, deploy(next));
        await killed.id;
        // Not a wait for anything: the moment itself is what is tested.
        await sleep(whole.elapsedMs * share);
        await killed.signal('SIGKILL');
        const { stdout } = await killed.ended;
        const resumed = await site.reloadctl(['deploy', 'usercenter', '--resume']);
        const link = readlinkSync(join(site.directory, 'current'));
        const { version } = await site.get();
        expect(
          { code: resumed.code, link, failed: (await load.running.snapshot()).failed },
          `killed at ${Math.round(share * 100)} % after ${stdout.trim().split('\n').at(-1) ?? ''}\n${resumed.stdout}${resumed.stderr}`,
        ).toEqual({ code: 0, link: `releases/${version}`, failed: 0 });
        // It was over, or nothing of it is left.
        expect([serves, next]).toContain(version);
        serves = version;
        await expectOnlyServers(site);
      }
      await load.waitMore();
      await context.annotate(describeLoad(await load.stopWithoutFailure()));
      await killWorker(site, serves);
    });
  }
});
