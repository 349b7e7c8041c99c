import type { ProcessState } from '../../rpc/supervisor.ts';

/** Whom an event is about. */
interface OfProcess {
  readonly processName: string;
  readonly groupName: string;
}

/** A process that changed its state. */
interface StateChange extends OfProcess {
  readonly fromState: ProcessState;
}

/** Bytes that a process wrote. */
interface ProcessData extends OfProcess {
  readonly pid: number;
  readonly data: Buffer;
}

/** Everything that event listeners can hear of (supervisor/events.py), with what the payload of each type needs. */
export type DaemonEvent =
  | (StateChange & {
      readonly type: 'PROCESS_STATE_STARTING' | 'PROCESS_STATE_BACKOFF';
      /** How many starts have failed in a row. */
      readonly tries: number;
    })
  | (StateChange & {
      readonly type: 'PROCESS_STATE_RUNNING' | 'PROCESS_STATE_STOPPING' | 'PROCESS_STATE_STOPPED';
      readonly pid: number;
    })
  | (StateChange & {
      readonly type: 'PROCESS_STATE_EXITED';
      readonly pid: number;
      readonly expected: boolean;
    })
  | (StateChange & { readonly type: 'PROCESS_STATE_FATAL' | 'PROCESS_STATE_UNKNOWN' })
  | (ProcessData & {
      readonly type:
        | 'PROCESS_COMMUNICATION_STDOUT'
        | 'PROCESS_COMMUNICATION_STDERR'
        | 'PROCESS_LOG_STDOUT'
        | 'PROCESS_LOG_STDERR';
    })
  | {
      readonly type: 'REMOTE_COMMUNICATION';
      readonly remoteType: string;
      readonly data: string;
    }
  | { readonly type: 'SUPERVISOR_STATE_CHANGE_RUNNING' | 'SUPERVISOR_STATE_CHANGE_STOPPING' }
  | {
      readonly type: 'TICK_5' | 'TICK_60' | 'TICK_3600';
      /** Seconds since the epoch, a multiple of the period. */
      readonly when: number;
    }
  | {
      readonly type: 'PROCESS_GROUP_ADDED' | 'PROCESS_GROUP_REMOVED';
      readonly groupName: string;
    };

/** Tells events to everybody who wants to hear them: synchronous, in the order in which they happened. Never throws. */
export interface EventBus {
  emit(event: DaemonEvent): void;
  /** Returns what ends the subscription. */
  subscribe(handler: (event: DaemonEvent) => void): () => void;
}
