import type { Site } from '../rig/site.ts';
import { waitFor } from '../rig/wait-for.ts';
import { BOOT_SECONDS, type Scene } from './deployment.ts';
import { measureDeployment } from './measure-deployment.ts';
import { finalRow, progressRow } from './rows.ts';
import type { Screen } from './screen.ts';
import { createTable } from './table.ts';
import { headingOf, type Result } from './text.ts';

/** Carries every deployment of `scene` out on `site` and prints a row for each as it ends. `workers` is how many the site has. */
export async function showDeployments(
  site: Site,
  scene: Scene,
  workers: number,
  screen: Screen,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let heading: string | undefined;
  for (const deployment of scene.deployments) {
    const table = createTable(screen.columns(), screen.theme);
    if (heading !== headingOf(scene, deployment)) {
      const isFirst = heading === undefined;
      heading = headingOf(scene, deployment);
      screen.print(isFirst ? table.header() : '', table.heading(heading));
    }
    const measured = await measureDeployment(
      site,
      deployment,
      (progress) => {
        screen.show(table.row(progressRow(deployment, progress)));
      },
      signal,
    );
    signal.throwIfAborted();
    screen.print(table.row(finalRow(deployment, measured, table.isNarrow)));
    results.push({ deployment, measured });
    if (measured.serves === undefined) {
      screen.show('bringing the app back...');
      await repair(site, deployment.before, workers);
      signal.throwIfAborted();
    }
  }
  return results;
}

/** Puts a good version back and waits until it serves, so that the next row begins like the others. */
async function repair(site: Site, version: string, workers: number): Promise<void> {
  site.setVersion(version, { bootSeconds: BOOT_SECONDS });
  await site.supervisorctl(['restart', 'usercenter']);
  await waitFor(
    `${version} to serve again`,
    async () => {
      const answer = await site.get('/', 1000);
      const running = await site.workers();
      return (answer.version === version && running.length === workers) || undefined;
    },
    { ceilingMs: 30_000, everyMs: 100 },
  );
}
