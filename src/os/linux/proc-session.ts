import type { Session } from '../command/session.ts';
import type { Proc, ProcId } from '../proc.ts';
import { isEnded, listProcesses } from './process-table.ts';
import { deliver } from '../kill.ts';

/**
 * Sessions by /proc: whatever has the leader's pid as its session id, even after the leader is
 * gone.
 */
export const procSession: Session = {
  signal: (leader, signal) => {
    const groups = new Set(membersOf(leader, listProcesses()).map((proc) => proc.pgid));
    // 'denied' is a process that changed its user (sudo): not ours to end; isEmpty still counts it.
    for (const group of groups) if (group > 1) deliver(-group, signal);
  },
  isEmpty: (leader) => membersOf(leader, listProcesses()).length === 0,
};

/**
 * The processes among `procs` that are in the session that `leader` opened, zombies aside. The kernel gives a number to no new process
 * while it is the id of a session or group, so a process that has the number as its pid and is not the leader proves that nothing
 * of the session is left.
 */
export function membersOf(leader: ProcId, procs: readonly Proc[]): readonly Proc[] {
  const numberIsReused = procs.some(
    (proc) => proc.pid === leader.pid && proc.startTicks !== leader.startTicks,
  );
  if (numberIsReused) return [];
  return procs.filter((proc) => proc.sid === leader.pid && !isEnded(proc.state));
}
