import { hasEnded, type Pid } from '../../src/os/proc.ts';
import { isFatalByDefault, type SignalName } from '../../src/os/signals.ts';
import type { VirtualClock } from './clock.ts';
import { FakeFiles } from './files.ts';
import { UPTIME_MS } from './heartbeat-file.ts';
import { ListeningSocket } from './listening-socket.ts';
import { FakeProcess, type ExitStatus } from './process.ts';

/** What a program does once it has been executed. */
export type Image = (kernel: FakeKernel, proc: FakeProcess) => void;

/** What a new program is executed with. */
export interface Execution {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What a child gets beside its program; what is not said is inherited. */
export interface ChildOptions {
  readonly uid?: number;
  /** setpgrp(2) or setsid(2) before exec. */
  readonly leads?: 'group' | 'session';
  readonly print?: (text: string) => void;
}

/** A signal on its way, and what came of it. */
export interface SentSignal {
  readonly atMs: number;
  readonly signal: SignalName;
  readonly from: FakeProcess;
  readonly to: FakeProcess;
  effect:
    'pending' | 'coalesced' | 'caught' | 'ignored' | 'ended' | 'stopped' | 'lost' | 'too-late';
}

const STOPS: ReadonlySet<SignalName> = new Set<SignalName>([
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
]);

/** Processes, signals, sockets and files of one machine, on a virtual clock. It knows nothing of reloadctl. */
export class FakeKernel {
  readonly clock: VirtualClock;
  readonly files: FakeFiles;
  readonly init: FakeProcess;
  /** Every signal that any process sent, oldest first. */
  readonly sent: SentSignal[] = [];
  /** From kill(2) to the first instruction of the handler. Signals of one kind that arrive in this time count once. */
  deliveryMs = 1;
  /** A fault: these signals are taken and never arrive. */
  losesSignal: (signal: SignalName, to: FakeProcess) => boolean = () => false;
  readonly #processes = new Map<number, FakeProcess>();
  /** Every socket that was ever made and may still be open. */
  readonly sockets: ReadonlySet<ListeningSocket>;
  readonly #sockets = new Set<ListeningSocket>();
  readonly #exitWatchers: Array<(proc: FakeProcess) => void> = [];
  #nextPid = 100;
  #givenPid: number | undefined;

  constructor(clock: VirtualClock) {
    this.clock = clock;
    this.files = new FakeFiles(clock);
    this.sockets = this.#sockets;
    this.init = new FakeProcess(clock, {
      pid: 1 as Pid,
      startTicks: 1,
      ppid: 0,
      pgid: 1,
      sid: 1,
      uid: 0,
      argv: ['/sbin/init'],
      env: {},
      cwd: '/',
      print: () => undefined,
    });
    this.#processes.set(1, this.init);
  }

  /** A child with the memory, the open files and the signal handlers of its parent; what those do in it is for its program to say. */
  fork(parent: FakeProcess, options: ChildOptions = {}): FakeProcess {
    const pid = this.#takePid();
    const child = new FakeProcess(this.clock, {
      pid,
      startTicks: Math.floor((UPTIME_MS + this.clock.nowMs) / 10),
      ppid: parent.pid,
      pgid: options.leads === undefined ? parent.pgid : pid,
      sid: options.leads === 'session' ? pid : parent.sid,
      uid: options.uid ?? parent.uid,
      argv: parent.argv,
      env: parent.env,
      cwd: parent.cwd,
      print: options.print ?? parent.print,
    });
    child.isEnvironmentOverwritten = parent.isEnvironmentOverwritten;
    for (const signal of parent.handlers.keys()) child.handlers.set(signal, () => undefined);
    for (const signal of parent.ignored) child.ignored.add(signal);
    for (const [fd, file] of parent.files) {
      child.files.set(fd, file);
      if (file.kind === 'socket') file.socket.holders.add(child);
    }
    this.#processes.set(pid, child);
    return child;
  }

  /** Replaces the program of a process: handlers go, and heartbeat files, which are close-on-exec. */
  exec(proc: FakeProcess, { argv, env, cwd }: Execution, image: Image): void {
    proc.handlers.clear();
    for (const [fd, file] of [...proc.files]) if (file.kind === 'heartbeat') proc.close(fd);
    proc.argv = argv;
    proc.env = env;
    proc.isEnvironmentOverwritten = false;
    proc.cwd = this.files.realpath(cwd) ?? cwd;
    image(this, proc);
  }

  /** fork and exec in one. */
  spawn(
    parent: FakeProcess,
    execution: Execution,
    image: Image,
    options: ChildOptions = {},
  ): FakeProcess {
    const child = this.fork(parent, options);
    for (const [fd, file] of [...child.files]) if (file.kind === 'socket') child.close(fd);
    this.exec(child, execution, image);
    return child;
  }

  /** The process of that pid, a zombie included. */
  find(pid: number): FakeProcess | undefined {
    return this.#processes.get(pid);
  }

  list(): readonly FakeProcess[] {
    return [...this.#processes.values()];
  }

  /** Those that run. */
  living(): readonly FakeProcess[] {
    return this.list().filter((proc) => proc.isAlive);
  }

  childrenOf(parent: FakeProcess): readonly FakeProcess[] {
    return this.living().filter((proc) => proc.ppid === parent.pid);
  }

  /** The next process that is made gets this pid. */
  giveNextPid(pid: number): void {
    this.#givenPid = pid;
  }

  /** Calls `watcher` for each process that ends. */
  onExit(watcher: (proc: FakeProcess) => void): void {
    this.#exitWatchers.push(watcher);
  }

  /** kill(2). The signal arrives a moment later; KILL at once. False: there is no such process any more. */
  kill(from: FakeProcess, to: FakeProcess, signal: SignalName): boolean {
    if (!to.isAlive) return false;
    const sent: SentSignal = { atMs: this.clock.nowMs, signal, from, to, effect: 'pending' };
    this.sent.push(sent);
    if (this.losesSignal(signal, to)) sent.effect = 'lost';
    else if (signal === 'SIGKILL') {
      sent.effect = 'ended';
      this.exit(to, { by: 'signal', signal });
    } else if (to.pending.has(signal)) sent.effect = 'coalesced';
    else {
      to.pending.add(signal);
      this.clock.after(this.deliveryMs, () => {
        this.#deliver(sent);
      });
    }
    return true;
  }

  /** kill(2) with a negative pid. */
  killGroup(from: FakeProcess, pgid: number, signal: SignalName): void {
    for (const proc of this.living()) if (proc.pgid === pgid) this.kill(from, proc, signal);
  }

  /** Ends a process: its files are closed, its children are init's, its parent is told. */
  exit(proc: FakeProcess, status: ExitStatus): void {
    if (!proc.isAlive) return;
    proc.state = 'Z';
    proc.status = status;
    for (const fd of [...proc.files.keys()]) proc.close(fd);
    for (const socket of [...this.#sockets]) {
      if (socket.holders.size === 0) this.#sockets.delete(socket);
    }
    for (const child of this.list()) {
      if (child.ppid !== proc.pid) continue;
      child.ppid = 1;
      if (!child.isAlive) this.#remove(child);
    }
    if (proc.ppid === 1) this.#remove(proc);
    else this.#tellParent(proc);
    for (const watcher of this.#exitWatchers) watcher(proc);
  }

  /** waitpid(-1, WNOHANG): a child that has ended. */
  reapOne(parent: FakeProcess): FakeProcess | undefined {
    const ended = this.list().find((proc) => proc.ppid === parent.pid && proc.state === 'Z');
    if (ended !== undefined) this.#remove(ended);
    return ended;
  }

  /** {@link reapOne} until nobody is left. */
  reap(parent: FakeProcess): readonly FakeProcess[] {
    const ended: FakeProcess[] = [];
    for (let one = this.reapOne(parent); one !== undefined; one = this.reapOne(parent)) {
      ended.push(one);
    }
    return ended;
  }

  /** Binds and listens; false where the address is in use. */
  bind(proc: FakeProcess, address: string): boolean {
    if (this.listeners().some((socket) => socket.address === address)) return false;
    proc.open({ kind: 'socket', socket: this.#newSocket(address) });
    return true;
  }

  /** Binds a unix socket in place of whatever is at the path, and listens; the descriptor. */
  bindPath(proc: FakeProcess, path: string): number {
    const socket = this.#newSocket(`unix:${path}`);
    this.files.bind(path, socket);
    return proc.open({ kind: 'socket', socket });
  }

  #newSocket(address: string): ListeningSocket {
    const socket = new ListeningSocket(address, this.files.newIno());
    this.#sockets.add(socket);
    return socket;
  }

  /** The sockets that somebody has open. */
  listeners(): readonly ListeningSocket[] {
    return [...this.#sockets].filter((socket) => socket.holders.size > 0);
  }

  #takePid(): Pid {
    const given = this.#givenPid;
    this.#givenPid = undefined;
    if (given !== undefined && !this.#processes.has(given)) return given as Pid;
    return (this.#nextPid += 1) as Pid;
  }

  #remove(proc: FakeProcess): void {
    proc.state = 'X';
    if (this.#processes.get(proc.pid) === proc) this.#processes.delete(proc.pid);
  }

  #tellParent(child: FakeProcess): void {
    const parent = this.find(child.ppid);
    if (parent === undefined || hasEnded(parent.describe())) return;
    if (!parent.handlers.has('SIGCHLD') || parent.pending.has('SIGCHLD')) return;
    parent.pending.add('SIGCHLD');
    this.clock.after(this.deliveryMs, () => {
      parent.pending.delete('SIGCHLD');
      if (parent.isAlive) parent.handlers.get('SIGCHLD')?.();
    });
  }

  #deliver(sent: SentSignal): void {
    const { to, signal } = sent;
    to.pending.delete(signal);
    if (!to.isAlive) {
      sent.effect = 'too-late';
      return;
    }
    const handler = to.handlers.get(signal);
    if (handler !== undefined) {
      sent.effect = 'caught';
      handler();
    } else if (to.ignored.has(signal)) sent.effect = 'ignored';
    else if (STOPS.has(signal)) {
      sent.effect = 'stopped';
      to.state = 'T';
    } else if (isFatalByDefault(signal)) {
      sent.effect = 'ended';
      this.exit(to, { by: 'signal', signal });
    } else sent.effect = 'ignored';
  }
}
