import { Interrupted, type Interruption } from '../rig/interruption.ts';
import { createSite, type Site, type SiteOptions } from '../rig/site.ts';

/**
 * Makes a site for `use` and ends it, also when the bench is interrupted meanwhile. Throws with what the processes said when `use` fails,
 * and when something outlives the supervisor.
 */
export async function withSite<T>(
  options: SiteOptions,
  interruption: Interruption,
  use: (site: Site) => Promise<T>,
): Promise<T> {
  const site = await createSite(options);
  try {
    const result = await interruption.race(use(site));
    const { survivors } = await site.stop();
    if (survivors.length === 0) return result;
    const left = survivors.map(({ pid, argv }) => `pid ${pid} ${argv.join(' ')}`);
    throw new Error(`outlived the supervisor: ${left.join('; ')}`);
  } catch (error) {
    await site.stop();
    if (error instanceof Interrupted) throw error;
    throw new Error(site.report(), { cause: error });
  }
}
