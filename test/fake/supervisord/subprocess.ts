import type { Program } from '../../../src/config/program.ts';
import type { ProcessInfo, ProcessState } from '../../../src/rpc/supervisor.ts';
import { signalName, type SignalName } from '../../../src/os/signals.ts';
import type { FakeKernel, Image } from '../kernel.ts';
import type { ExitStatus, FakeProcess } from '../process.ts';

/** What the fake supervisord runs for a program. */
export interface ProgramToRun {
  readonly program: Program;
  readonly argv: readonly string[];
  readonly image: Image;
  readonly logfile: string;
}

/** One program of supervisord with its states (supervisor/process.py, class Subprocess, method by method). */
export class Subprocess {
  readonly program: Program;
  readonly #kernel: FakeKernel;
  readonly #daemon: FakeProcess;
  readonly #run: ProgramToRun;
  proc: FakeProcess | undefined;
  state: ProcessState = 'STOPPED';
  spawnerr = '';
  #isKilling = false;
  #exitStatus = 0;
  #lastStartMs = 0;
  #lastStopMs = 0;
  /** When the state is to change by itself. */
  #delayMs = 0;
  #backoff = 0;

  constructor(kernel: FakeKernel, daemon: FakeProcess, run: ProgramToRun) {
    this.#kernel = kernel;
    this.#daemon = daemon;
    this.#run = run;
    this.program = run.program;
  }

  /** What a supervisor that is more than supervisord does to a process before its program runs. */
  dress: (proc: FakeProcess) => void = () => undefined;
  /** From the stop signal to KILL. */
  patienceMs: () => number = () => this.program.stopwaitsecs * 1000;

  spawn(): void {
    if (this.proc !== undefined) return;
    this.#isKilling = false;
    this.spawnerr = '';
    this.#exitStatus = 0;
    this.#lastStartMs = this.#kernel.clock.nowMs;
    this.state = 'STARTING';
    this.proc = this.launch([]);
    this.#delayMs = this.#kernel.clock.nowMs + this.program.startsecs * 1000;
  }

  /** Another process is the program's from now on; the one before. */
  takeOver(proc: FakeProcess): FakeProcess | undefined {
    const before = this.proc;
    this.proc = proc;
    this.state = 'RUNNING';
    this.spawnerr = '';
    this.#backoff = 0;
    this.#lastStartMs = this.#kernel.clock.nowMs;
    return before;
  }

  /** Starts the program's command with more arguments. */
  launch(more: readonly string[]): FakeProcess {
    const { program, argv, image, logfile } = this.#run;
    return this.#kernel.spawn(
      this.#daemon,
      {
        argv: [...argv, ...more],
        cwd: program.directory ?? this.#daemon.cwd,
        env: {
          ...this.#daemon.env,
          SUPERVISOR_ENABLED: '1',
          SUPERVISOR_SERVER_URL: 'unix:///run/supervisor.sock',
          SUPERVISOR_PROCESS_NAME: program.name,
          SUPERVISOR_GROUP_NAME: program.group,
          ...program.environment,
        },
      },
      (kernel, proc) => {
        this.dress(proc);
        image(kernel, proc);
      },
      {
        leads: 'group',
        ...(program.user === undefined ? {} : { uid: program.user.uid }),
        print: (text) => {
          this.#kernel.files.append(logfile, text);
        },
      },
    );
  }

  /** The stop signal, or KILL where that was sent already. False: there is nothing to signal. */
  kill(signal: SignalName): boolean {
    if (this.state === 'BACKOFF') {
      this.state = 'STOPPED';
      return true;
    }
    const { proc, program } = this;
    if (proc === undefined) return false;
    const asGroup = this.state === 'STOPPING' ? program.killasgroup : program.stopasgroup;
    this.#isKilling = true;
    this.#delayMs = this.#kernel.clock.nowMs + this.patienceMs();
    this.state = 'STOPPING';
    if (asGroup) this.#kernel.killGroup(this.#daemon, proc.pid, signal);
    else this.#kernel.kill(this.#daemon, proc, signal);
    return true;
  }

  stop(): boolean {
    return this.kill(signalName(this.program.stopsignalNumber) ?? 'SIGTERM');
  }

  /** The process was reaped. */
  finish(status: ExitStatus): void {
    const { nowMs } = this.#kernel.clock;
    this.#lastStopMs = nowMs;
    // supervisord reports -1 for a signal (supervisor/options.py, decode_wait_status).
    const code = status.by === 'exit' ? status.code : -1;
    this.proc = undefined;
    if (this.#isKilling) {
      this.#isKilling = false;
      this.#exitStatus = code;
      this.state = 'STOPPED';
    } else if (nowMs - this.#lastStartMs < this.program.startsecs * 1000) {
      this.spawnerr = 'Exited too quickly (process log may have details)';
      this.#backoff += 1;
      this.#delayMs = nowMs + this.#backoff * 1000;
      this.state = 'BACKOFF';
    } else {
      this.#backoff = 0;
      this.#exitStatus = code;
      this.state = 'EXITED';
      if (!this.program.exitcodes.includes(code)) this.spawnerr = `Bad exit code ${code}`;
    }
  }

  transition(): void {
    const { nowMs } = this.#kernel.clock;
    const { autorestart, exitcodes, startretries, startsecs } = this.program;
    const found = this.state;
    if (found === 'EXITED') {
      const restarts =
        autorestart === 'unexpected' ? !exitcodes.includes(this.#exitStatus) : autorestart;
      if (restarts) this.spawn();
    } else if (found === 'BACKOFF' && this.#backoff <= startretries) {
      if (nowMs > this.#delayMs) this.spawn();
    }
    if (found === 'STARTING' && nowMs - this.#lastStartMs > startsecs * 1000) {
      this.#backoff = 0;
      this.state = 'RUNNING';
    }
    if (found === 'BACKOFF' && this.#backoff > startretries) {
      this.#backoff = 0;
      this.state = 'FATAL';
    } else if (found === 'STOPPING' && this.#delayMs <= nowMs) this.kill('SIGKILL');
  }

  info(): ProcessInfo {
    const seconds = (ms: number): number =>
      ms === 0 ? 0 : Math.floor((this.#kernel.clock.wallMs - this.#kernel.clock.nowMs + ms) / 1000);
    return {
      name: this.program.name,
      group: this.program.group,
      state: this.state,
      description: this.spawnerr,
      pid: this.proc?.pid ?? 0,
      start: seconds(this.#lastStartMs),
      stop: seconds(this.#lastStopMs),
      now: Math.floor(this.#kernel.clock.wallMs / 1000),
      spawnerr: this.spawnerr,
      exitstatus: this.#exitStatus,
      stdoutLogfile: this.#run.logfile,
      stderrLogfile: this.#run.logfile,
    };
  }
}
