import type { Site } from '../rig/site.ts';

/** Times of one command, ascending, milliseconds. */
export type Times = readonly number[];

/** How long `status` takes beside one release of supervisor. */
export interface StatusRun {
  readonly supervisor: string;
  readonly reloadctl: Times;
  readonly supervisorctl: Times;
  /** `node -e 0`: what reloadctl cannot go below. */
  readonly node: Times;
}

/** Starts the site and runs the two `status` and an empty node in turns, `rounds` times. */
export async function measureStatus(
  site: Site,
  rounds: number,
  signal: AbortSignal,
): Promise<StatusRun> {
  await site.start();
  const reloadctl: number[] = [];
  const supervisorctl: number[] = [];
  const node: number[] = [];
  // The first of each pays for cold files.
  for (let round = -1; round < rounds; round += 1) {
    signal.throwIfAborted();
    const own = await site.reloadctl(['status']);
    const theirs = await site.supervisorctl(['status']);
    const empty = await site.run([process.execPath, '-e', '0']);
    if (own.code !== 0 || theirs.code !== 0) throw new Error('a status command has failed');
    if (round < 0) continue;
    reloadctl.push(own.elapsedMs);
    supervisorctl.push(theirs.elapsedMs);
    node.push(empty.elapsedMs);
  }
  return {
    supervisor: site.python.versions.supervisor,
    reloadctl: ascending(reloadctl),
    supervisorctl: ascending(supervisorctl),
    node: ascending(node),
  };
}

function ascending(times: readonly number[]): Times {
  return times.toSorted((a, b) => a - b);
}
