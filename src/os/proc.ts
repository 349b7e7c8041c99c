import type { SignalName } from './signals.ts';

/** A process id; only os/ makes one, from the kernel's own list or after checking a number. */
export type Pid = number & { readonly __brand: 'Pid' };

/**
 * Who a process is: a pid alone can be given to another process. `startTicks` is field 22 of /proc/PID/stat (clock ticks after
 * boot, proc(5)); on systems without /proc it is the start time in seconds, which is weaker and said so.
 */
export interface ProcId {
  readonly pid: Pid;
  readonly startTicks: number;
}

/** What the kernel lists of one process. Zombies are listed too: state 'Z' counts as gone. */
export interface Proc extends ProcId {
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** One letter of proc(5): R S D Z T t X I. */
  readonly state: string;
  /** Effective user id of the process (owner of /proc/PID). */
  readonly uid: number;
  /** The kernel's short name, at most 15 bytes; never used to recognise a server. */
  readonly comm: string;
  /** Seconds of processor time used so far, user and system. */
  readonly cpuSeconds: number;
  /** Resident memory in bytes. */
  readonly rssBytes: number;
  /** A thread of the kernel, which nobody signals. */
  readonly isKernel?: boolean;
}

/** Which signals a process has dealt with (/proc/PID/status SigCgt, SigIgn, SigBlk). */
export interface SignalDisposition {
  readonly caught: ReadonlySet<SignalName>;
  readonly ignored: ReadonlySet<SignalName>;
  readonly blocked: ReadonlySet<SignalName>;
}

/** An open file of another process, looked at through /proc/PID/fd. */
export interface OpenFile {
  readonly fd: number;
  /** The link's text: a path, 'socket:[123]', '/tmp/wgunicorn-abc (deleted)'. */
  readonly target: string;
}

/** stat(2) of an open file of another process; times in milliseconds since the epoch, with fractions. */
export interface FileStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly kind: 'file' | 'directory' | 'symlink' | 'socket' | 'other';
}

/** What one of the kernel's files says, or why it cannot be read. EPERM and EACCES are 'denied', never 'gone'. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: 'gone' | 'denied' | 'unsupported' };

/** What came of sending a signal. Only 'sent' means that the kernel took it for exactly the process that was meant. */
export type SignalOutcome = 'sent' | 'gone' | 'denied';

/** What tells this process from every other one, as a key. */
export const keyOfProc = ({ pid, startTicks }: ProcId): string => `${pid}:${startTicks}`;

/** Whether two identities are the same process. */
export function isSameProc(a: ProcId, b: ProcId): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks;
}

/** Whether a listed process has ended: a zombie only waits to be reaped. */
export function hasEnded(proc: Proc | undefined): boolean {
  return proc === undefined || proc.state === 'Z' || proc.state === 'X';
}
