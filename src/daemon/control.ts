import type { Result } from '../base/result.ts';
import type { GroupChanges } from '../config/changes/group-changes.ts';
import type { SignalName } from '../os/signals.ts';
import type { ConfigChanges, FaultName } from '../rpc/supervisor.ts';
import type { ProcessSnapshot } from './process/process-info.ts';

/** Why a request was refused; the server answers `NAME` or `NAME: detail`. */
export interface Fault {
  readonly name: FaultName;
  readonly detail?: string | undefined;
}

/** An active group. */
export interface GroupSnapshot {
  readonly name: string;
  readonly priority: number;
  /** By ascending priority, stable: the order in which members are acted on. */
  readonly members: readonly ProcessSnapshot[];
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

/**
 * What can be asked of the running daemon, by its servers above all. Everything is synchronous up to the decision, so that nothing
 * happens between a look and the act on it. No method throws; unknown names are BAD_NAME, with the name in the detail.
 */
export interface DaemonControl {
  readonly identifier: string;
  /** What getSupervisorVersion answers. */
  readonly version: string;
  readonly pid: number;
  state(): 'RUNNING' | 'RESTARTING' | 'SHUTDOWN';

  /** Every process, by group name and process name in code points, as getAllProcessInfo lists them. */
  processes(): readonly ProcessSnapshot[];
  /** Every active group, by ascending priority. */
  groups(): readonly GroupSnapshot[];
  process(group: string, name: string): ProcessSnapshot | undefined;
  group(name: string): GroupSnapshot | undefined;

  /**
   * NO_FILE, NOT_EXECUTABLE (both looked at first), ALREADY_STARTED, FAILED. `settled`: 'running' after startsecs, 'spawn-error' at the first
   * failed try, 'abnormal' when it left STARTING otherwise, and at once when it is STOPPING (then nothing happens).
   */
  start(group: string, name: string): Result<{ readonly settled: Promise<StartOutcome> }, Fault>;
  /** NOT_RUNNING unless STARTING, RUNNING or BACKOFF. `settled` when it is in a stopped state. */
  stop(group: string, name: string): Result<{ readonly settled: Promise<void> }, Fault>;
  /** NOT_RUNNING unless STARTING, RUNNING or STOPPING; FAILED. 0 only asks. */
  signal(group: string, name: string, signalNumber: number): Result<true, Fault>;
  /** NOT_RUNNING; NO_FILE when its stdin is closed. */
  writeStdin(group: string, name: string, text: string): Result<true, Fault>;

  /** The log files of a process; undefined for a channel without one. */
  logs(
    group: string,
    name: string,
  ): { readonly stdout: string | undefined; readonly stderr: string | undefined };
  /** FAILED. */
  clearLogs(group: string, name: string): Promise<Result<true, Fault>>;
  readonly mainLog: string | undefined;
  /** NO_FILE, FAILED. */
  clearMainLog(): Promise<Result<true, Fault>>;

  /** CANT_REREAD. Nothing is applied; addGroup takes from what was read last. */
  reread(): Promise<Result<ConfigChanges, Fault>>;
  /** ALREADY_ADDED, BAD_NAME. */
  addGroup(name: string): Result<true, Fault>;
  /** STILL_RUNNING, BAD_NAME. */
  removeGroup(name: string): Result<true, Fault>;
  /** What the configuration that was read last would change in an active group. BAD_NAME: it has none of that name, or it is not active. */
  describeGroup(name: string): Result<GroupChanges, Fault>;
  /**
   * Applies that, but for what `replace` and `restart` say; with `replace` nothing. What it describes is how things were before. Resolves when
   * processes that are gone from the configuration have ended.
   */
  updateGroup(name: string): Promise<Result<GroupChanges, Fault>>;
  /** The structs of getAllConfigInfo, in their order. */
  configInfo(): ReadonlyArray<Readonly<Record<string, unknown>>>;

  /** undefined: there is no such process. */
  overlap(group: string, name: string): OverlapSnapshot | undefined;
  /**
   * Starts a second instance from the configuration file as it is now, on the same sockets; the value is its pid. Unless it is promoted within
   * `leaseS` seconds it is ended. NOT_RUNNING when the process is STOPPED, STOPPING or UNKNOWN; FAILED with the reason: where there are no
   * sockets, unless it may be `withoutSockets`.
   */
  startSuccessor(
    group: string,
    name: string,
    leaseS: number,
    withoutSockets?: boolean,
  ): Promise<Result<number, Fault>>;
  /** Asks the successor to end, and KILLs it later; also when there is none. */
  stopSuccessor(group: string, name: string): Result<true, Fault>;
  /** Makes the successor the process, and ends the one before it. FAILED: there is no successor. */
  promoteSuccessor(
    group: string,
    name: string,
    retirement?: Retirement,
  ): Promise<Result<true, Fault>>;
  /** Keeps the sockets open for so many seconds, also while the process is stopped: a start will follow. 0 ends that. */
  holdSockets(group: string, name: string, seconds: number): Result<true, Fault>;

  shutdown(): void;
  restart(): void;
  sendRemoteEvent(type: string, data: string): void;
}
