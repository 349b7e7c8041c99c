import type { Os } from '../../os/os.ts';
import type { ReloadFacts } from '../../policy/facts.ts';
import type { ReleasePlace } from './release-place.ts';

/** Processes of the server, workers where it has any, that work in the release before and not in the new one. */
export async function findStillOld(
  os: Pick<Os, 'cwd'>,
  { server }: ReloadFacts,
  { from, to }: ReleasePlace,
): Promise<readonly number[]> {
  if (server.type !== 'running' || from === to) return [];
  const workers = server.workers.length > 0 ? server.workers : [server.master];
  const found: number[] = [];
  for (const worker of workers) {
    const cwd = await os.cwd(worker);
    const isOld = cwd.ok && isInside(cwd.value, from) && !isInside(cwd.value, to);
    if (isOld) found.push(worker.pid);
  }
  return found;
}

const isInside = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);
