import type { Pid, Proc } from '../../src/os/proc.ts';
import type { SignalName } from '../../src/os/signals.ts';
import type { VirtualClock } from './clock.ts';
import type { HeartbeatFile } from './heartbeat-file.ts';
import type { ListeningSocket } from './listening-socket.ts';

/** What an open file of a process is. */
export type OpenDescription =
  | { readonly kind: 'heartbeat'; readonly heartbeat: HeartbeatFile }
  | { readonly kind: 'socket'; readonly socket: ListeningSocket }
  | { readonly kind: 'plain'; readonly path: string };

/** How a process ended. */
export type ExitStatus =
  | { readonly by: 'exit'; readonly code: number }
  | { readonly by: 'signal'; readonly signal: SignalName };

/** What fork and exec give to a process. */
export interface Birth {
  readonly pid: Pid;
  readonly startTicks: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly uid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Takes what it prints. */
  readonly print: (text: string) => void;
}

/** A process of the fake kernel: what /proc would tell of it, and what its program does with signals. */
export class FakeProcess {
  readonly pid: Pid;
  readonly startTicks: number;
  readonly uid: number;
  readonly print: (text: string) => void;
  ppid: number;
  pgid: number;
  sid: number;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** setproctitle writes over the place where the kernel finds the environment. */
  isEnvironmentOverwritten = false;
  cwd: string;
  state: 'S' | 'T' | 'Z' | 'X' = 'S';
  status: ExitStatus | undefined;
  rssBytes = 50 * 1024 * 1024;
  /** What it has read from files. */
  bytesRead = 0;
  /** Signals that it catches, with what it does then. */
  readonly handlers = new Map<SignalName, () => void>();
  readonly ignored = new Set<SignalName>();
  /** Signals that were sent and not yet delivered: of each kind one at most (signal(7)). */
  readonly pending = new Set<SignalName>();
  readonly files = new Map<number, OpenDescription>();

  readonly #clock: VirtualClock;
  #wake: (() => void) | undefined;

  constructor(clock: VirtualClock, birth: Birth) {
    this.#clock = clock;
    this.pid = birth.pid;
    this.startTicks = birth.startTicks;
    this.uid = birth.uid;
    this.print = birth.print;
    this.ppid = birth.ppid;
    this.pgid = birth.pgid;
    this.sid = birth.sid;
    this.argv = birth.argv;
    this.env = birth.env;
    this.cwd = birth.cwd;
  }

  get isAlive(): boolean {
    return this.state === 'S' || this.state === 'T';
  }

  /** Sleeps like time.sleep(): a signal does not cut it short. Never resolves when the process ends before. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Sleeps until {@link wake} or for `ms`. Never resolves when the process ends before. */
  nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.after(ms, () => {
        this.#wake = undefined;
        resolve();
      });
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Ends a {@link nap}. */
  wake(): void {
    if (this.isAlive) this.#wake?.();
  }

  /** Calls `action` in `ms`, unless the process has ended. */
  after(ms: number, action: () => void): { readonly cancel: () => void } {
    return this.#clock.after(ms, () => {
      if (this.isAlive) action();
    });
  }

  /** Opens a file under the lowest free number from 3 on. */
  open(file: OpenDescription): number {
    let fd = 3;
    while (this.files.has(fd)) fd += 1;
    this.files.set(fd, file);
    if (file.kind === 'socket') file.socket.holders.add(this);
    return fd;
  }

  close(fd: number): void {
    const file = this.files.get(fd);
    this.files.delete(fd);
    if (file?.kind !== 'socket') return;
    const { socket } = file;
    const stillOpen = [...this.files.values()].some(
      (other) => other.kind === 'socket' && other.socket === socket,
    );
    if (stillOpen) return;
    socket.holders.delete(this);
    socket.acceptors.delete(this);
  }

  /** The listening sockets that it has open. */
  get sockets(): readonly ListeningSocket[] {
    return [...this.files.values()].flatMap((file) =>
      file.kind === 'socket' ? [file.socket] : [],
    );
  }

  /** What a listing of processes says of it at this moment. */
  describe(): Proc {
    const { pid, startTicks, ppid, pgid, sid, state, uid, rssBytes } = this;
    return {
      pid,
      startTicks,
      ppid,
      pgid,
      sid,
      state,
      uid,
      comm: 'python',
      cpuSeconds: 0,
      rssBytes: state === 'Z' ? 0 : rssBytes,
    };
  }
}
