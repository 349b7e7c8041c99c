import { waitFor } from '../wait-for.ts';
import type { ServerSite } from './server-site.ts';

/** The lines that the jobs of a fixture have written: one in begun.log and one in ended.log each, its name and the version of the code. */
export const jobsThat = (site: ServerSite, what: 'begun' | 'ended'): readonly string[] =>
  site
    .readFile(`${what}.log`)
    .split('\n')
    .filter((line) => line !== '');

/** Waits until this many jobs have begun or ended. */
export async function waitForJobs(
  site: ServerSite,
  what: 'begun' | 'ended',
  count: number,
): Promise<void> {
  await waitFor(
    `${count} jobs to have ${what}`,
    () => jobsThat(site, what).length >= count || undefined,
    {
      ceilingMs: 30_000,
      observe: () => jobsThat(site, what),
    },
  );
}
