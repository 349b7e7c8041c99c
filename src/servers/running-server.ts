import type { ProcId } from '../os/proc.ts';
import type { LiveServer } from './live-process.ts';
import type { ResolvedType } from './resolve-type.ts';
import type { CheckCommand } from './server-type.ts';

/** A worker as it was when the facts were gathered. */
interface WorkerFact extends ProcId {
  readonly ready: boolean | undefined;
}

/** What is known of every server that runs. */
export interface RunningServer {
  readonly type: 'running';
  readonly server: ResolvedType;
  readonly live: LiveServer;
  readonly master: ProcId;
  /** We may signal the master, and its workers, ourselves. */
  readonly maySignal: boolean;
  readonly workers: readonly WorkerFact[];
}

/** A server's own check, and how it is run. */
export interface CheckFacts extends CheckCommand {
  readonly cwd: string | undefined;
  /** The user it has to run as; undefined is ourselves. */
  readonly user: string | undefined;
  readonly environment: 'live-process' | 'configuration';
}

/** Where a server works, against where its next start would begin. */
interface PlaceFacts {
  /** The configured directory, as written; undefined where none is. */
  readonly directory: string | undefined;
  /** The same with every link resolved, now; undefined where it leads nowhere. */
  readonly directoryNow: string | undefined;
  /** The directory is not there, for nobody. */
  readonly isGone?: boolean;
  /** Where the master works: links resolved by the kernel; ' (deleted)' at the end where that is gone. */
  readonly masterCwd: string | undefined;
}

/** Everything known of a running server that is reloaded by its own means. */
export interface KnownServerFacts extends RunningServer {
  readonly reloads: 'by-itself';
  readonly place: PlaceFacts;
  /** undefined: it cannot be checked aside. */
  readonly check: CheckFacts | undefined;
}
