import type { Session } from '../command/session.ts';
import { deliver } from '../kill.ts';

/**
 * The process group of a command, on systems where sessions cannot be listed. The kernel gives a number to no new process while it
 * is the id of a group, and the leader is our child: it keeps its number until it is waited for.
 */
export const groupSession: Session = {
  signal: (leader, signal) => {
    const pid: number = leader.pid;
    deliver(-pid, signal);
  },
  isEmpty: (leader) => {
    const pid: number = leader.pid;
    return deliver(-pid, 0) !== 'sent';
  },
};
