import type { SignalName } from '../os/signals.ts';
import type { FaultName } from '../rpc/supervisor.ts';

/** Why a request was refused; the server answers `NAME` or `NAME: detail`. */
export interface Fault {
  readonly name: FaultName;
  readonly detail?: string | undefined;
}

/** A process as far as the overlap of two instances of its program goes. */
export interface OverlapSnapshot {
  readonly group: string;
  readonly name: string;
  /** 0 when there is no process. */
  readonly pid: number;
  /** The listening sockets that the daemon holds and the process has: '127.0.0.1:8000', '[::]:80', 'unix:/run/app.sock'. */
  readonly sockets: readonly string[];
  /** Why there are none; '' when there are some. */
  readonly socketReason: string;
  /** Whether an earlier daemon has started the process. */
  readonly adopted: boolean;
  /** The pid of the second instance that is not promoted yet; 0: there is none. */
  readonly successor: number;
  /** How the last successor ended that was not promoted. */
  readonly successorEnd: { readonly pid: number; readonly status: string } | undefined;
  /** The instances that were replaced and are still ending. */
  readonly retiring: readonly number[];
  /** The last instance that was replaced and has ended. */
  readonly retired: RetiredInstance | undefined;
  /** Seconds for requests in flight, as the program's own settings say; 0: unknown. */
  readonly gracefulTimeoutS: number;
}

/** How an instance is ended that was replaced. */
export interface Retirement {
  /** In place of its stop signal, and for its main process alone. */
  readonly signals?: readonly SignalName[];
  /** Seconds that it has at least before it is KILLed; undefined: what its program says. */
  readonly patienceS?: number | undefined;
}

/** An instance that was replaced and has ended. */
export interface RetiredInstance {
  readonly pid: number;
  /** Whether it had to be KILLed. */
  readonly killed: boolean;
  /** From its stop signal to its end. */
  readonly afterMs: number;
}

/** How a start that was asked for came out. */
export type StartOutcome = 'running' | 'spawn-error' | 'abnormal';
