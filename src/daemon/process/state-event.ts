import type { DaemonEvent } from '../events/daemon-event.ts';
import type { Machine } from './machine.ts';

/** Whom a change of state is about. */
export interface ChangedProcess {
  readonly processName: string;
  readonly groupName: string;
  readonly pid: number;
  /** With EXITED: whether exitcodes has the code. */
  readonly expected: boolean;
}

/** The event of a process that came `from` one state to another. */
export function stateEvent(
  from: Machine['state'],
  to: Machine,
  { processName, groupName, pid, expected }: ChangedProcess,
): DaemonEvent {
  const about = { processName, groupName, fromState: from };
  switch (to.state) {
    case 'STARTING':
      return { ...about, type: 'PROCESS_STATE_STARTING', tries: to.failures };
    case 'BACKOFF':
      return { ...about, type: 'PROCESS_STATE_BACKOFF', tries: to.failures };
    case 'RUNNING':
      return { ...about, type: 'PROCESS_STATE_RUNNING', pid };
    case 'STOPPING':
      return { ...about, type: 'PROCESS_STATE_STOPPING', pid };
    case 'STOPPED':
      return { ...about, type: 'PROCESS_STATE_STOPPED', pid };
    case 'EXITED':
      return { ...about, type: 'PROCESS_STATE_EXITED', pid, expected };
    case 'FATAL':
      return { ...about, type: 'PROCESS_STATE_FATAL' };
    case 'UNKNOWN':
      return { ...about, type: 'PROCESS_STATE_UNKNOWN' };
  }
}
