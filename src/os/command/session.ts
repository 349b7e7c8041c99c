import { realClock } from '../clock.ts';
import type { ProcId } from '../proc.ts';

/** The processes that a command started and that did not leave its session. */
export interface Session {
  /** Signals every process group of the session that `leader` opened, and of no other session. */
  signal(leader: ProcId, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Whether no process of it runs any more; zombies do not count. */
  isEmpty(leader: ProcId): boolean;
}

const POLL_MS = 20;

/**
 * TERM to the session, and KILL after `graceMs`. Resolves when it is empty, or 1 s after the KILL.
 */
export async function endSession(session: Session, leader: ProcId, graceMs: number): Promise<void> {
  session.signal(leader, 'SIGTERM');
  if (await isEmptyWithin(session, leader, graceMs)) return;
  session.signal(leader, 'SIGKILL');
  // A process in state D dies when its disk or network answers; waiting longer helps nobody.
  await isEmptyWithin(session, leader, 1000);
}

async function isEmptyWithin(session: Session, leader: ProcId, limitMs: number): Promise<boolean> {
  const giveUpAt = realClock.now() + limitMs;
  while (!session.isEmpty(leader)) {
    if (realClock.now() >= giveUpAt) return false;
    await realClock.sleep(POLL_MS);
  }
  return true;
}
