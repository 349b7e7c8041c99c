import type { ProcessState } from '../../../src/rpc/supervisor.ts';
import type { GunicornConfig } from '../gunicorn/installation.ts';
import type { FakeKernel } from '../kernel.ts';
import type { ListeningSocket } from '../listening-socket.ts';
import type { FakeProcess } from '../process.ts';
import type { Subprocess } from './subprocess.ts';

/** What `reloadctl daemon` knows of a gunicorn that it runs. */
export interface OverlapSettings {
  /** As a new instance would read them. */
  readonly config: () => GunicornConfig;
  /** Whether this gunicorn serves gunicornc. */
  readonly hasControlSocket: boolean;
  /** Reading settings takes so long. */
  readonly readMs: number;
}

/** Beyond stopwaitsecs and graceful_timeout. */
const KILL_MARGIN_MS = 2000;

const HELD: readonly ProcessState[] = ['STARTING', 'RUNNING', 'BACKOFF', 'EXITED', 'FATAL'];

interface Leaving {
  readonly askedMs: number;
  isKilled: boolean;
}

/** The part of `reloadctl daemon` that supervisord does not have: it owns the listening sockets of a program and can run two instances of it. */
export class Overlap {
  readonly #kernel: FakeKernel;
  readonly #daemon: FakeProcess;
  readonly #subprocess: Subprocess;
  readonly #settings: OverlapSettings;
  readonly #sockets = new Map<string, { readonly socket: ListeningSocket; readonly fd: number }>();
  readonly #leaving = new Map<FakeProcess, Leaving>();
  readonly #addresses = new Map<FakeProcess, string>();
  #retired: Readonly<Record<string, unknown>> = {};
  #serial = 0;
  #heldUntilMs = 0;
  successor: FakeProcess | undefined;
  /** A fault: promotions are refused. */
  refusesPromotion = false;

  constructor(
    kernel: FakeKernel,
    daemon: FakeProcess,
    subprocess: Subprocess,
    settings: OverlapSettings,
  ) {
    this.#kernel = kernel;
    this.#daemon = daemon;
    this.#subprocess = subprocess;
    this.#settings = settings;
    subprocess.dress = (proc) => {
      this.#handOver(proc);
    };
    const { stopwaitsecs } = subprocess.program;
    subprocess.patienceMs = () => {
      const longer = Math.max(stopwaitsecs, settings.config().gracefulTimeout);
      return longer * 1000 + KILL_MARGIN_MS;
    };
  }

  /** reloadctl.getProcess. */
  describe(): Readonly<Record<string, unknown>> {
    const { program, proc } = this.#subprocess;
    return {
      group: program.group,
      name: program.name,
      pid: proc?.pid ?? 0,
      sockets: [...this.#sockets.keys()],
      socket_reason: '',
      adopted: false,
      successor: this.successor?.pid ?? 0,
      successor_end: {},
      retiring: [...this.#leaving.keys()]
        .filter((each) => each !== this.successor)
        .map(({ pid }) => pid),
      retired: this.#retired,
      graceful_timeout: this.#settings.config().gracefulTimeout,
    };
  }

  /** The pid of the new instance, or why there is none. */
  async startSuccessor(leaseS: number): Promise<number | 'NOT_RUNNING' | 'FAILED'> {
    await this.#kernel.clock.sleep(this.#settings.readMs);
    if (!HELD.includes(this.#subprocess.state)) return 'NOT_RUNNING';
    if (this.successor !== undefined) return 'FAILED';
    this.#serial += 1;
    const successor = this.#subprocess.launch([
      '--pid',
      `/run/reloadctl/${this.#serial}.pid`,
      ...(this.#settings.hasControlSocket ? ['--control-socket', this.#privateSocket] : []),
    ]);
    this.successor = successor;
    this.#daemon.after(leaseS * 1000, () => {
      if (this.successor === successor) this.#end(successor);
    });
    return successor.pid;
  }

  stopSuccessor(): void {
    if (this.successor !== undefined) this.#end(this.successor);
  }

  promote(): boolean {
    const { successor } = this;
    if (successor === undefined || this.refusesPromotion) return false;
    this.successor = undefined;
    const before = this.#subprocess.takeOver(successor);
    const { pidfile } = this.#settings.config();
    if (pidfile !== undefined) this.#kernel.files.write(pidfile, `${successor.pid}\n`);
    if (before === undefined) this.#tidy();
    else this.#end(before);
    return true;
  }

  hold(seconds: number): void {
    this.#heldUntilMs = this.#kernel.clock.nowMs + seconds * 1000;
  }

  /** A child of the daemon that is not the program's process has ended. */
  noteEnd(proc: FakeProcess): void {
    if (proc === this.successor) this.successor = undefined;
    const leaving = this.#leaving.get(proc);
    this.#leaving.delete(proc);
    this.#addresses.delete(proc);
    if (leaving === undefined) return;
    this.#retired = {
      pid: proc.pid,
      killed: leaving.isKilled,
      after_ms: Math.round(this.#kernel.clock.nowMs - leaving.askedMs),
    };
    this.#tidy();
  }

  /** The program was stopped by somebody: nobody listens any more unless a start is to follow. */
  noteStopped(): void {
    this.stopSuccessor();
    if (this.#kernel.clock.nowMs < this.#heldUntilMs) return;
    for (const [address, { fd }] of this.#sockets) {
      this.#daemon.close(fd);
      this.#sockets.delete(address);
    }
  }

  get #privateSocket(): string {
    return `/run/reloadctl/${this.#serial}.ctl`;
  }

  #handOver(proc: FakeProcess): void {
    const { bind } = this.#settings.config();
    if (!this.#sockets.has(bind) && this.#kernel.bind(this.#daemon, bind)) {
      const socket = this.#daemon.sockets.find(({ address }) => address === bind);
      const fd = [...this.#daemon.files].findLast(([, file]) => file.kind === 'socket')?.[0];
      if (socket !== undefined && fd !== undefined) this.#sockets.set(bind, { socket, fd });
    }
    const held = this.#sockets.get(bind);
    if (held === undefined) return;
    proc.env = { ...proc.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'reloadctl' };
    proc.open({ kind: 'socket', socket: held.socket });
    this.#addresses.set(proc, bind);
  }

  /** TERM, and KILL when it has had its time. */
  #end(proc: FakeProcess): void {
    if (this.#leaving.has(proc)) return;
    const leaving: Leaving = { askedMs: this.#kernel.clock.nowMs, isKilled: false };
    this.#leaving.set(proc, leaving);
    this.#kernel.kill(this.#daemon, proc, 'SIGTERM');
    this.#daemon.after(this.#subprocess.patienceMs(), () => {
      if (!proc.isAlive) return;
      leaving.isKilled = true;
      this.#kernel.kill(this.#daemon, proc, 'SIGKILL');
    });
  }

  /** The old instance is gone: its addresses are given up, the control socket is that of the new one. */
  #tidy(): void {
    const inUse = new Set(this.#addresses.values());
    for (const [address, { fd }] of this.#sockets) {
      if (inUse.has(address)) continue;
      this.#daemon.close(fd);
      this.#sockets.delete(address);
    }
    const { controlSocket } = this.#settings.config();
    const isPrivate = this.#subprocess.proc?.argv.includes(this.#privateSocket) === true;
    if (controlSocket !== undefined && isPrivate) {
      this.#kernel.files.symlink(controlSocket, this.#privateSocket);
    }
  }
}
