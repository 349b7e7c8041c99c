import type { Os } from '../../os/os.ts';
import type { Logger } from '../logs/logger.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import type { Instance } from './instance.ts';
import { LeftGroup } from './process-group.ts';

/** What {@link endOrphans} needs. */
export interface OrphanWorld {
  readonly os: Pick<Os, 'now' | 'sleep' | 'kill' | 'processes' | 'environment'>;
  readonly logger: Logger;
}

const LOOK_EVERY_MS = 50;

/** For what is left of an instance whose time was over already. */
const GRACE_AFTER_KILL_S = 5;

/** Seconds for the requests of what an instance has left behind that ended this way. */
export function orphanGraceS(
  { patienceS }: Pick<Instance, 'patienceS'>,
  { isStopping, status }: { readonly isStopping: boolean; readonly status: ExitStatus },
): number {
  const isKilled = status.kind === 'signal' && status.signal === 'SIGKILL';
  return isStopping && isKilled ? Math.min(GRACE_AFTER_KILL_S, patienceS) : patienceS;
}

/**
 * Ends what an instance that has gone has left of its process group: nobody is to answer on sockets of ours for whom nobody is
 * responsible. TERM, KILL after `graceS` seconds. Without such sockets it may leave what it likes, as under supervisord.
 */
export async function endOrphans(
  world: OrphanWorld,
  { id, sockets, left }: Pick<Instance, 'id' | 'sockets' | 'left'>,
  { name, graceS }: { readonly name: string; readonly graceS: number },
): Promise<void> {
  if (sockets.length === 0) return;
  const { os, logger } = world;
  const group = new LeftGroup(os, id, left);
  const asked = new Set<number>();
  const deadlineMs = os.now() + graceS * 1000;
  for (;;) {
    const living = await group.living();
    if (living.length === 0) return;
    const isLate = os.now() >= deadlineMs;
    for (const orphan of living) {
      if (!isLate && asked.has(orphan.pid)) continue;
      if (!asked.has(orphan.pid)) {
        logger.log('info', `ending ${orphan.pid}, which '${name}' (${id.pid}) has left behind`);
      }
      asked.add(orphan.pid);
      // Not permitted: then it is not ours to wait for either.
      if ((await os.kill(orphan, isLate ? 'SIGKILL' : 'SIGTERM')) === 'denied') return;
    }
    await os.sleep(LOOK_EVERY_MS);
  }
}
