import type { Program } from '../../config/program.ts';
import type { ProcessState } from '../../rpc/supervisor.ts';
import { describeProcess } from './describe-process.ts';
import type { ProcessHistory } from './process-history.ts';

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

/** The snapshot of a process with this history. */
export function takeSnapshot(
  { startedEpochMs, stoppedEpochMs, spawnError, exitStatus }: ProcessHistory['memory'],
  present: Pick<ProcessSnapshot, 'state' | 'willRestart' | 'pid'> & {
    readonly program: Pick<Program, 'name' | 'group'>;
    readonly logs: { readonly stdout: string | undefined; readonly stderr: string | undefined };
    readonly nowEpochMs: number;
  },
): ProcessSnapshot {
  const { program, logs, nowEpochMs, state, willRestart, pid } = present;
  const known = {
    name: program.name,
    state,
    pid,
    startEpochS: Math.floor(startedEpochMs / 1000),
    stopEpochS: Math.floor(stoppedEpochMs / 1000),
    spawnError,
  };
  return {
    ...known,
    group: program.group,
    willRestart,
    exitStatus,
    stdoutLog: logs.stdout,
    stderrLog: logs.stderr,
    description: describeProcess({ ...known, nowEpochS: Math.floor(nowEpochMs / 1000) }),
  };
}
