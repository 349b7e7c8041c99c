import type { Result } from '../base/result.ts';
import type { SupervisorAddress } from '../os/os.ts';

/** supervisord's process states (supervisor/states.py). */
export type ProcessState =
  'STOPPED' | 'STARTING' | 'RUNNING' | 'BACKOFF' | 'STOPPING' | 'EXITED' | 'FATAL' | 'UNKNOWN';

/** One process as the supervisor reports it. Times are seconds since the epoch, 0 for never. */
export interface ProcessInfo {
  readonly name: string;
  readonly group: string;
  readonly state: ProcessState;
  readonly description: string;
  /** 0 when there is no process. */
  readonly pid: number;
  readonly start: number;
  readonly stop: number;
  /** The supervisor's clock. */
  readonly now: number;
  readonly spawnerr: string;
  readonly exitstatus: number;
  /** '' when there is none. */
  readonly stdoutLogfile: string;
  readonly stderrLogfile: string;
}

/** What `reloadctl daemon` adds about a program (reloadctl.getProcess). A pid of 0 means none. */
export interface OverlapState {
  readonly group: string;
  readonly name: string;
  readonly pid: number;
  /** The addresses that it listens on for the program. */
  readonly sockets: readonly string[];
  /** Why there are none; '' where there are. */
  readonly socketReason: string;
  /** It was started by an earlier daemon: it is no child of this one. */
  readonly adopted: boolean;
  readonly successor: number;
  /** Instances that were replaced and have not ended yet. */
  readonly retiring: readonly number[];
  /** The replaced instance that ended last, and whether that took a KILL. */
  readonly retired:
    { readonly pid: number; readonly killed: boolean; readonly afterMs: number } | undefined;
  /** Seconds that the program gives its requests when it ends; 0 where that is not known. */
  readonly gracefulTimeout: number;
}

/** One member's outcome of a call on a group or on all. */
export interface MemberResult {
  readonly name: string;
  readonly group: string;
  /** A fault code; 80 is success. */
  readonly status: number;
  readonly description: string;
}

/** What reloadConfig found: group names. Nothing has been applied. */
export interface ConfigChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A piece of a log, as the tail methods return it. */
export interface LogTail {
  readonly text: string;
  /** The size of the log in bytes. */
  readonly offset: number;
  readonly overflow: boolean;
}

/** Names of supervisord's faults (supervisor/xmlrpc.py). */
export type FaultName =
  | 'UNKNOWN_METHOD'
  | 'INCORRECT_PARAMETERS'
  | 'BAD_ARGUMENTS'
  | 'SIGNATURE_UNSUPPORTED'
  | 'SHUTDOWN_STATE'
  | 'BAD_NAME'
  | 'BAD_SIGNAL'
  | 'NO_FILE'
  | 'NOT_EXECUTABLE'
  | 'FAILED'
  | 'ABNORMAL_TERMINATION'
  | 'SPAWN_ERROR'
  | 'ALREADY_STARTED'
  | 'NOT_RUNNING'
  | 'SUCCESS'
  | 'ALREADY_ADDED'
  | 'STILL_RUNNING'
  | 'CANT_REREAD';

/** Why a call brought no result. */
export type RpcFailure =
  /**
   * The supervisor answered with a fault. `name` is undefined for a code unknown to supervisord.
   */
  | {
      readonly kind: 'fault';
      readonly code: number;
      readonly name: FaultName | undefined;
      readonly text: string;
    }
  /** Nobody listens. */
  | { readonly kind: 'refused'; readonly url: string }
  /** The unix socket does not exist. */
  | { readonly kind: 'no-socket'; readonly url: string }
  /** The unix socket may not be opened by this user. */
  | { readonly kind: 'denied'; readonly url: string }
  /** HTTP 401. */
  | { readonly kind: 'unauthorized'; readonly url: string }
  | { readonly kind: 'timeout'; readonly url: string; readonly method: string; readonly ms: number }
  | { readonly kind: 'aborted' }
  /**
   * Connection lost, an HTTP `status` but 200 and 401, or no XML-RPC. `detail` is safe to print.
   */
  | {
      readonly kind: 'protocol';
      readonly url: string;
      readonly detail: string;
      readonly status?: number;
    };

/** The result of one call. */
export type RpcResult<T> = Result<T, RpcFailure>;

/** Limits of one call. */
export interface CallOptions {
  /** For the whole call, connecting included. Calls that wait for a process need more. */
  readonly timeoutMs?: number;
  readonly abort?: AbortSignal;
}

/**
 * supervisord's XML-RPC API, typed. Processes are 'name', 'group:name' or, where allowed,
 * 'group:*'.
 */
export interface Supervisor {
  /** unix:///path or http://host:port, without a password. */
  readonly url: string;
  /** Where that is; 'ourselves': this process is the supervisor. */
  readonly address: SupervisorAddress | 'ourselves';
  getApiVersion(options?: CallOptions): Promise<RpcResult<string>>;
  getSupervisorVersion(options?: CallOptions): Promise<RpcResult<string>>;
  getIdentification(options?: CallOptions): Promise<RpcResult<string>>;
  getState(options?: CallOptions): Promise<RpcResult<{ code: number; name: string }>>;
  getPid(options?: CallOptions): Promise<RpcResult<number>>;
  getProcessInfo(name: string, options?: CallOptions): Promise<RpcResult<ProcessInfo>>;
  getAllProcessInfo(options?: CallOptions): Promise<RpcResult<readonly ProcessInfo[]>>;
  /** Raw structs: the fields differ between versions. */
  getAllConfigInfo(
    options?: CallOptions,
  ): Promise<RpcResult<ReadonlyArray<Readonly<Record<string, unknown>>>>>;
  startProcess(name: string, wait: boolean, options?: CallOptions): Promise<RpcResult<true>>;
  stopProcess(name: string, wait: boolean, options?: CallOptions): Promise<RpcResult<true>>;
  startProcessGroup(
    name: string,
    wait: boolean,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  stopProcessGroup(
    name: string,
    wait: boolean,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  startAllProcesses(
    wait: boolean,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  stopAllProcesses(
    wait: boolean,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  /** `signal` as supervisord takes it: 'HUP', 'SIGHUP' or a number as text. */
  signalProcess(name: string, signal: string, options?: CallOptions): Promise<RpcResult<true>>;
  signalProcessGroup(
    name: string,
    signal: string,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  signalAllProcesses(
    signal: string,
    options?: CallOptions,
  ): Promise<RpcResult<readonly MemberResult[]>>;
  readLog(offset: number, length: number, options?: CallOptions): Promise<RpcResult<string>>;
  clearLog(options?: CallOptions): Promise<RpcResult<true>>;
  readProcessLog(
    name: string,
    channel: 'stdout' | 'stderr',
    offset: number,
    length: number,
    options?: CallOptions,
  ): Promise<RpcResult<string>>;
  tailProcessLog(
    name: string,
    channel: 'stdout' | 'stderr',
    offset: number,
    length: number,
    options?: CallOptions,
  ): Promise<RpcResult<LogTail>>;
  clearProcessLogs(name: string, options?: CallOptions): Promise<RpcResult<true>>;
  clearAllProcessLogs(options?: CallOptions): Promise<RpcResult<readonly MemberResult[]>>;
  sendProcessStdin(name: string, text: string, options?: CallOptions): Promise<RpcResult<true>>;
  reloadConfig(options?: CallOptions): Promise<RpcResult<ConfigChanges>>;
  addProcessGroup(name: string, options?: CallOptions): Promise<RpcResult<true>>;
  removeProcessGroup(name: string, options?: CallOptions): Promise<RpcResult<true>>;
  shutdown(options?: CallOptions): Promise<RpcResult<true>>;
  restart(options?: CallOptions): Promise<RpcResult<true>>;
  /** Any other method. The reply is whatever the server sent, already bounded and checked. */
  call(
    method: string,
    params: readonly unknown[],
    options?: CallOptions,
  ): Promise<RpcResult<unknown>>;
  /** Closes the connections that are kept open. */
  close(): void;
}
