import { expect, onTestFailed, onTestFinished, type TestContext } from 'vitest';
import { createSite, type Site, type SiteOptions, type StartUntil } from './site.ts';

/**
 * A started site for the running test. When the test fails, it prints what the processes said; when the test ends, it stops the
 * site and fails the test if anything outlived the supervisor. A concurrent test has to pass its context.
 */
export async function siteForTest(
  options: SiteOptions = {},
  until: StartUntil = 'serving',
  context: Pick<TestContext, 'onTestFailed' | 'onTestFinished'> = { onTestFailed, onTestFinished },
): Promise<Site> {
  const site = await createSite(options);
  context.onTestFinished(() => stopSite(site));
  context.onTestFailed(() => {
    console.error(site.report());
  });
  await site.start(until);
  return site;
}

/** Stops a site that was made in beforeAll, and fails if anything outlived its supervisor. */
export async function stopSite(site: Site): Promise<void> {
  const { survivors, wasSupervisorKilled } = await site.stop();
  const left = survivors.map(({ pid, argv }) => `pid ${pid}: ${argv.join(' ')}`);
  expect({ left, wasSupervisorKilled }, 'processes that outlived the supervisor').toEqual({
    left: [],
    wasSupervisorKilled: false,
  });
}
