import type { Result } from '../base/result.ts';
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
  reread(): Result<ConfigChanges, Fault>;
  /** ALREADY_ADDED, BAD_NAME. */
  addGroup(name: string): Result<true, Fault>;
  /** STILL_RUNNING, BAD_NAME. */
  removeGroup(name: string): Result<true, Fault>;
  /** The structs of getAllConfigInfo, in their order. */
  configInfo(): ReadonlyArray<Readonly<Record<string, unknown>>>;

  shutdown(): void;
  restart(): void;
  sendRemoteEvent(type: string, data: string): void;
}
