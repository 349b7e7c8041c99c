import type { TestContext } from 'vitest';
import { PATIENT, startLoad, type LoadOptions } from '../../../rig/load.ts';
import { siteForTest } from '../../../rig/site-for-test.ts';
import type { Site, SiteOptions } from '../../../rig/site.ts';
import { startWatchedLoad, type WatchedLoad } from './under-load.ts';

/** Four times what `make bench` sends: many requests fall into every gap of a few milliseconds. */
const RATE_PER_SECOND = 200;

/** A started site under `reloadctl daemon`, which owns its sockets. */
export const overlapSite = (
  options: SiteOptions,
  context: Pick<TestContext, 'onTestFailed' | 'onTestFinished'>,
): Promise<Site> =>
  siteForTest({ settle: 'as-shipped', ...options, supervisor: 'reloadctl' }, 'serving', context);

/** 200 requests a second on a site, or on the unix socket that is named. */
export function startFullLoad(
  site: Site,
  options: Partial<LoadOptions> = {},
): Promise<WatchedLoad> {
  const endpoint =
    options.socketPath === undefined
      ? site.endpoint
      : { ...site.endpoint, url: 'http://localhost' };
  const load: Site['load'] = (wanted) => startLoad({ ...endpoint, ...wanted });
  return startWatchedLoad({ load }, { ratePerSecond: RATE_PER_SECOND, ...PATIENT, ...options });
}

/** What a command told a person, on one line. */
export const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stdout + stderr).replaceAll(/\s+/g, ' ');
