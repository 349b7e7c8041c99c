import type { SignalName } from '../../../src/os/signals.ts';
import { HeartbeatFile } from '../heartbeat-file.ts';
import type { FakeKernel } from '../kernel.ts';
import type { ExitStatus, FakeProcess } from '../process.ts';
import { parseArguments } from './arguments.ts';
import { ControlServer } from './control-server.ts';
import { HaltServer, StopMaster, SystemExit } from './endings.ts';
import { codeIn, type Code, type GunicornConfig, type Installation } from './installation.ts';
import { Pidfile } from './pidfile.ts';
import { GunicornWorker } from './worker.ts';

const SIGNALS = [
  'SIGHUP',
  'SIGQUIT',
  'SIGINT',
  'SIGTERM',
  'SIGTTIN',
  'SIGTTOU',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
] as const satisfies readonly SignalName[];

/** What stands in the queue of the main loop. */
type Queued = (typeof SIGNALS)[number] | 'SIGCHLD';

/** spawn_workers sleeps 0 to 0.1 s after each worker. */
const SPAWN_PAUSE_MS = 50;

/** 20.x keeps five signals and drops the rest. */
const OLD_QUEUE = 5;

/** reexec: pre_exec, the environment and chdir stand between fork and exec. */
const EXEC_MS = 3;

interface Employed {
  readonly age: number;
  readonly worker: GunicornWorker;
  readonly heartbeatFd: number;
  readonly heartbeat: HeartbeatFile;
  isAborted: boolean;
}

/**
 * A gunicorn master (gunicorn/arbiter.py of 20.1 and 26.1, method by method), without what no reload meets: the dirty arbiter, statistics,
 * reuse_port, systemd's sockets except as the canary gets one.
 */
export class GunicornMaster {
  readonly proc: FakeProcess;
  readonly #kernel: FakeKernel;
  readonly #installation: Installation;
  readonly #onStart: (master: GunicornMaster) => void;
  readonly #isOld: boolean;
  readonly #workers = new Map<number, Employed>();
  readonly #queue: Queued[] = [];
  /** sys.argv: what setproctitle writes over is the kernel's copy. */
  readonly #argv: readonly string[];
  /** START_CTX['cwd']: PWD where it names the working directory, so that a link in it is followed again at each load. */
  readonly #startDirectory: string;
  #config: GunicornConfig;
  #pidfile: Pidfile | undefined;
  #control: ControlServer | undefined;
  #preloaded: Code | undefined;
  #numWorkers = 0;
  #age = 0;
  #reexecPid = 0;
  #masterPid: number;
  /** 20.x: raised by the SIGCHLD handler in whatever the master is doing. */
  #raised: HaltServer | undefined;

  constructor(
    kernel: FakeKernel,
    proc: FakeProcess,
    installation: Installation,
    onStart: (master: GunicornMaster) => void,
  ) {
    this.#kernel = kernel;
    this.proc = proc;
    this.#installation = installation;
    this.#onStart = onStart;
    onStart(this);
    this.#isOld = installation.flavour.startsWith('20.');
    this.#argv = proc.argv;
    this.#masterPid = Number(proc.env.GUNICORN_PID ?? 0);
    const { PWD } = proc.env;
    const isTrue = PWD !== undefined && kernel.files.realpath(PWD) === proc.cwd;
    this.#startDirectory = isTrue ? PWD : proc.cwd;
    this.#config = installation.config;
  }

  /** Its living workers, those that are on their way out included. */
  get workers(): readonly GunicornWorker[] {
    return [...this.#workers.values()].map(({ worker }) => worker).filter((w) => w.proc.isAlive);
  }

  /** Every worker that it ever made. */
  readonly everyWorker: GunicornWorker[] = [];

  /** From exec to the end. */
  async run(): Promise<void> {
    try {
      await this.#start();
      await this.#loop();
    } catch (error) {
      await this.#end(error);
    }
  }

  async #end(error: unknown): Promise<void> {
    if (error instanceof SystemExit) {
      this.#exit(error.status);
      return;
    }
    if (!(error instanceof StopMaster) && !(error instanceof HaltServer)) throw error;
    try {
      await this.#halt(error);
    } catch (again) {
      // 20.x: another worker that cannot boot interrupts the stop itself, and the master ends with a traceback.
      if (!(again instanceof HaltServer)) throw again;
      this.#exit(1);
    }
  }

  #exit(code: number): void {
    this.#kernel.exit(this.proc, { by: 'exit', code });
  }

  async #start(): Promise<void> {
    await this.proc.sleep(this.#installation.interpreterMs);
    this.#setup();
    if (this.#config.preloadApp) await this.#preload();
    this.#createPidfile(this.#masterPid === 0 ? '' : '.2');
    for (const signal of SIGNALS) {
      this.proc.handlers.set(signal, () => {
        this.#note(signal);
      });
    }
    this.proc.handlers.set('SIGCHLD', () => {
      this.#noteChild();
    });
    await this.#listen();
    this.#setTitle();
  }

  /** Reads the settings; a configuration file that cannot be read ends gunicorn where it stands. */
  #setup(): void {
    const { configError, config } = this.#installation;
    if (configError !== undefined) {
      this.proc.print(`Failed to read config file: /srv/gunicorn.py\n${configError}\n`);
      throw new SystemExit(1);
    }
    this.#config = { ...config, ...parseArguments(this.#argv).overrides };
    if (this.#isOld) this.#config = { ...this.#config, controlSocket: undefined };
    this.#numWorkers = this.#config.workers;
  }

  async #preload(): Promise<void> {
    const code = codeIn(this.#installation, this.#loadDirectory());
    await this.proc.sleep(code.bootMs);
    if (code.fate.is === 'fails') {
      this.proc.print(`${code.fate.says}\n`);
      throw new SystemExit(1);
    }
    this.#preloaded = code;
  }

  #createPidfile(suffix: string): void {
    if (this.#config.pidfile === undefined) return;
    this.#pidfile = new Pidfile(this.#kernel, this.proc, this.#config.pidfile + suffix);
    if (this.#pidfile.create()) return;
    this.proc.print(`Error: Already running (or pid file '${this.#config.pidfile}' is stale)\n`);
    throw new SystemExit(1);
  }

  /** gunicorn/sock.py, create_sockets: what was handed over, else five tries to bind, a second apart. */
  async #listen(): Promise<void> {
    const { GUNICORN_FD, LISTEN_FDS } = this.proc.env;
    if (GUNICORN_FD !== undefined || LISTEN_FDS !== undefined) return;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (this.#kernel.bind(this.proc, this.#config.bind)) return;
      this.proc.print(`[ERROR] Connection in use: ${this.#config.bind}\n`);
      await this.#pause(1000);
    }
    this.proc.print(`[ERROR] Can't connect to ${this.#config.bind}\n`);
    throw new SystemExit(1);
  }

  #setTitle(): void {
    if (!this.#installation.setproctitle) return;
    this.proc.argv = ['gunicorn: master [app]'];
    this.proc.isEnvironmentOverwritten = true;
  }

  async #loop(): Promise<void> {
    await this.#manageWorkers();
    const { controlSocket } = this.#config;
    if (controlSocket !== undefined) {
      this.#control = new ControlServer(this.#kernel, this.proc, controlSocket);
      this.#control.start();
    }
    for (;;) {
      this.#maybePromote();
      if (this.#isOld) await this.#passOld();
      else await this.#passNew();
    }
  }

  /** One signal at a time; workers are looked after only when there is none. */
  async #passOld(): Promise<void> {
    const signal = this.#queue.shift();
    if (signal !== undefined) {
      await this.#handle(signal);
      return;
    }
    await this.proc.nap(1000);
    this.#throwRaised();
    this.#murderWorkers();
    await this.#manageWorkers();
  }

  async #passNew(): Promise<void> {
    if (this.#queue.length === 0) await this.proc.nap(1000);
    for (const signal of this.#queue.splice(0)) await this.#handle(signal);
    this.#murderWorkers();
    await this.#manageWorkers();
  }

  #note(signal: Queued): void {
    if (this.#isOld && this.#queue.length >= OLD_QUEUE) return;
    this.#queue.push(signal);
    this.proc.wake();
  }

  #noteChild(): void {
    if (!this.#isOld) {
      this.#note('SIGCHLD');
      return;
    }
    try {
      this.#reap();
    } catch (error) {
      if (!(error instanceof HaltServer)) throw error;
      this.#raised = error;
    }
    this.proc.wake();
  }

  /** time.sleep(): a handler that raises cuts it short, anything else does not. */
  async #pause(ms: number): Promise<void> {
    await this.proc.sleep(ms);
    this.#throwRaised();
  }

  #throwRaised(): void {
    const raised = this.#raised;
    this.#raised = undefined;
    if (raised !== undefined) throw raised;
  }

  async #handle(signal: Queued): Promise<void> {
    switch (signal) {
      case 'SIGHUP':
        await this.#reload();
        return;
      case 'SIGTERM':
        throw new StopMaster();
      case 'SIGINT':
      case 'SIGQUIT':
        await this.#stop('SIGQUIT');
        throw new StopMaster();
      case 'SIGTTIN':
        this.#numWorkers += 1;
        await this.#manageWorkers();
        return;
      case 'SIGTTOU':
        if (this.#numWorkers <= 1) return;
        this.#numWorkers -= 1;
        await this.#manageWorkers();
        return;
      case 'SIGUSR2':
        this.#reexec();
        return;
      case 'SIGCHLD':
        this.#reap();
        return;
      case 'SIGUSR1':
      case 'SIGWINCH':
        return;
    }
  }

  #maybePromote(): void {
    if (this.#masterPid === 0 || this.#masterPid === this.proc.ppid) return;
    this.#masterPid = 0;
    const { pidfile } = this.#config;
    if (pidfile !== undefined) this.#pidfile?.rename(pidfile);
  }

  async #halt(reason: StopMaster | HaltServer): Promise<void> {
    this.#control?.stop();
    await this.#stop('SIGTERM');
    if (reason instanceof HaltServer) this.proc.print(`[ERROR] Reason: ${reason.message}\n`);
    this.#pidfile?.unlink();
    this.#exit(reason instanceof HaltServer ? reason.status : 0);
  }

  async #stop(signal: SignalName): Promise<void> {
    this.#closeListeners();
    const limit = this.#kernel.clock.nowMs + this.#config.gracefulTimeout * 1000;
    this.#killWorkers(signal);
    while (this.#workers.size > 0 && this.#kernel.clock.nowMs < limit) {
      if (!this.#isOld) this.#reap();
      await this.#pause(100);
    }
    this.#killWorkers('SIGKILL');
  }

  #closeListeners(): void {
    for (const [fd, file] of [...this.proc.files]) {
      if (file.kind === 'socket' && !file.socket.address.startsWith('unix:')) this.proc.close(fd);
    }
  }

  #reexec(): void {
    if (this.#reexecPid !== 0 || this.#masterPid !== 0) return;
    const child = this.#fork();
    this.#reexecPid = child.pid;
    const env = { ...this.proc.env, GUNICORN_PID: String(this.proc.pid), GUNICORN_FD: '3' };
    child.after(EXEC_MS, () => {
      this.#kernel.exec(
        child,
        { argv: this.#argv, env, cwd: this.#startDirectory },
        (kernel, proc) => {
          void new GunicornMaster(kernel, proc, this.#installation, this.#onStart).run();
        },
      );
    });
  }

  async #reload(): Promise<void> {
    const before = this.#config.bind;
    this.#setup();
    if (before !== this.#config.bind) {
      this.#closeListeners();
      await this.#listen();
    }
    this.#pidfile?.unlink();
    this.#createPidfile('');
    this.#setTitle();
    const lastAge = this.#age;
    for (let index = 0; index < this.#config.workers; index += 1) this.#spawnWorker();
    await this.#manageWorkers();
    if (this.#isOld) return;
    const deadline = this.#kernel.clock.nowMs + this.#config.gracefulTimeout * 1000;
    while (this.#kernel.clock.nowMs < deadline) {
      if ([...this.#workers.values()].every(({ age }) => age > lastAge)) break;
      this.#reap();
      await this.#pause(100);
    }
  }

  #murderWorkers(): void {
    const limit = this.#config.timeout * 1000;
    if (limit === 0) return;
    for (const employed of this.#workers.values()) {
      if (employed.heartbeat.silentMs <= limit) continue;
      const signal = employed.isAborted ? 'SIGKILL' : 'SIGABRT';
      employed.isAborted = true;
      this.#kernel.kill(this.proc, employed.worker.proc, signal);
    }
  }

  /** One after the other: where a worker could not boot, the others wait for the next look. */
  #reap(): void {
    for (;;) {
      const child = this.#kernel.reapOne(this.proc);
      if (child === undefined) return;
      if (child.pid === this.#reexecPid) {
        this.#reexecPid = 0;
        continue;
      }
      const employed = this.#workers.get(child.pid);
      const code = exitCodeOf(child.status);
      if (employed !== undefined) this.#dismiss(child.pid, employed);
      if (code === 3) throw new HaltServer('Worker failed to boot.', 3);
      if (code === 4) throw new HaltServer('App failed to load.', 4);
    }
  }

  #dismiss(pid: number, { heartbeatFd }: Employed): void {
    this.#workers.delete(pid);
    this.proc.close(heartbeatFd);
  }

  async #manageWorkers(): Promise<void> {
    const missing = this.#numWorkers - this.#workers.size;
    for (let index = 0; index < missing; index += 1) {
      this.#spawnWorker();
      await this.#pause(SPAWN_PAUSE_MS);
    }
    const byAge = [...this.#workers.values()].sort((a, b) => a.age - b.age);
    for (const { worker } of byAge.slice(0, Math.max(0, byAge.length - this.#numWorkers))) {
      this.#kernel.kill(this.proc, worker.proc, 'SIGTERM');
    }
  }

  #killWorkers(signal: SignalName): void {
    for (const { worker } of [...this.#workers.values()]) {
      this.#kernel.kill(this.proc, worker.proc, signal);
    }
  }

  #spawnWorker(): void {
    this.#age += 1;
    const { clock, files } = this.#kernel;
    const heartbeat = new HeartbeatFile(this.#isOld ? 'mode' : 'mtime', clock, files.newIno());
    const heartbeatFd = this.proc.open({ kind: 'heartbeat', heartbeat });
    const child = this.#fork();
    const worker = new GunicornWorker(this.#kernel, child, {
      installation: this.#installation,
      heartbeat,
      directory: () => this.#loadDirectory(),
      preloaded: this.#preloaded,
    });
    this.everyWorker.push(worker);
    this.#workers.set(child.pid, {
      age: this.#age,
      worker,
      heartbeatFd,
      heartbeat,
      isAborted: false,
    });
  }

  #fork(): FakeProcess {
    this.#control?.noteFork();
    return this.#kernel.fork(this.proc);
  }

  /** sys.path holds the chdir setting as written, so a link in it is followed at each import. */
  #loadDirectory(): string {
    const directory = this.#config.chdir ?? this.#startDirectory;
    return this.#kernel.files.realpath(directory) ?? directory;
  }
}

const exitCodeOf = (status: ExitStatus | undefined): number | undefined =>
  status?.by === 'exit' ? status.code : undefined;
