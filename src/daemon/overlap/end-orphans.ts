import type { Os } from '../../os/os.ts';
import { hasEnded, type Proc, type ProcId } from '../../os/proc.ts';
import type { Logger } from '../logs/logger.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import type { Instance } from './instance.ts';

/** What {@link endOrphans} needs. */
export interface OrphanWorld {
  readonly os: Pick<Os, 'now' | 'sleep' | 'kill' | 'processes'>;
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
 * Ends what an instance that has gone has left of its process group, so that nobody answers on sockets of ours for whom nobody is responsible any
 * more: an idle worker of gunicorn notices only after half of `timeout` that it has no master. TERM, so that requests in flight are finished;
 * KILL after `graceS` seconds. An instance without sockets of ours may leave behind what it likes, as under supervisord. Resolves when nothing is left.
 */
export async function endOrphans(
  world: OrphanWorld,
  { id, sockets }: Pick<Instance, 'id' | 'sockets'>,
  { name, graceS }: { readonly name: string; readonly graceS: number },
): Promise<void> {
  if (sockets.length === 0) return;
  const { os, logger } = world;
  const asked = new Set<number>();
  const deadlineMs = os.now() + graceS * 1000;
  for (;;) {
    const left = await findOrphans(os, id);
    if (left.length === 0) return;
    const isLate = os.now() >= deadlineMs;
    for (const orphan of left) {
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

/** A group of that number whose first process lives is somebody else's: the number has been given away again. */
async function findOrphans(os: Pick<Os, 'processes'>, leader: ProcId): Promise<readonly Proc[]> {
  const all = (await os.processes()).filter((each) => !hasEnded(each));
  if (all.some(({ pid }) => pid === leader.pid)) return [];
  return all.filter(({ pgid }) => pgid === leader.pid);
}
