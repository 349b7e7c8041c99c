import type { Program } from '../../config/program.ts';
import type { ProcId } from '../../os/proc.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import type { LaunchPlan } from '../sockets/plan-launch.ts';
import type { SocketLease } from '../sockets/socket-registry.ts';
import type { InstanceFiles } from './instance-files.ts';
import type { LeftBehind } from './process-group.ts';

/** What an instance is started with. */
export interface Launch {
  readonly plan: LaunchPlan;
  /** Undefined where it has none of our sockets. */
  readonly lease: SocketLease | undefined;
  /** Why; '' when there are some. */
  readonly reason: string;
}

/** One process of a program, of which there may be several for a while. */
export interface Instance {
  readonly id: ProcId;
  readonly startedEpochMs: number;
  /** What the configuration said at its start; undefined for a process of an earlier daemon. */
  readonly startedAs: Program | undefined;
  /** Resolves when it has gone, its output is in the log and its files are removed. Never rejects. */
  readonly exited: Promise<ExitStatus>;
  readonly files: InstanceFiles;
  /** The sockets that it has: '127.0.0.1:8000'. */
  readonly sockets: readonly string[];
  /** Seconds for requests in flight, where its settings are known. */
  readonly gracefulTimeoutS: number | undefined;
  readonly left: LeftBehind;
  /** Seconds from the stop signal to the KILL. */
  readonly patienceS: number;
}
