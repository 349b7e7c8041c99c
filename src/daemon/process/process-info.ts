import type { ProcessState } from '../../rpc/supervisor.ts';

/** One process of the daemon at one moment, as getProcessInfo needs it. */
export interface ProcessSnapshot {
  readonly name: string;
  readonly group: string;
  readonly state: ProcessState;
  /** It has exited, and is about to be started again without being asked. */
  readonly willRestart: boolean;
  /** 0 when there is no process. */
  readonly pid: number;
  /** Whole seconds since the epoch; 0: never started. */
  readonly startEpochS: number;
  /** Whole seconds since the epoch; 0: never stopped. */
  readonly stopEpochS: number;
  /** '' when the last start had no trouble. */
  readonly spawnError: string;
  /** The exit code of the last process; -1 when a signal ended it, 0 when there was none. */
  readonly exitStatus: number;
  /** The path of the log, once it is known; undefined when there is none. */
  readonly stdoutLog: string | undefined;
  readonly stderrLog: string | undefined;
  /** The last column of `status`: 'pid 12, uptime 0:00:03', 'Not started'. */
  readonly description: string;
}
