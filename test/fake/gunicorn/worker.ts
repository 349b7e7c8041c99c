import type { FakeKernel } from '../kernel.ts';
import type { HeartbeatFile } from '../heartbeat-file.ts';
import type { FakeProcess } from '../process.ts';
import { codeIn, type Code, type Installation } from './installation.ts';

/** What a worker is forked with. */
export interface WorkerBirth {
  readonly installation: Installation;
  readonly heartbeat: HeartbeatFile;
  /** Where it imports the application from, unless its master has done so already. */
  readonly directory: () => string;
  readonly preloaded: Code | undefined;
}

/** From fork to the worker's own signal handlers; until then it has those of its master, and a signal is lost in them. */
const FORK_MS = 4;

/** SIGQUIT and SIGINT: gunicorn's worker waits so long before it exits (gunicorn/workers/base.py, handle_quit). */
const QUIT_MS = 100;

/** What a worker reads to import the application. */
const CODE_BYTES = 50_000;

/** From SIGTERM to the end of a worker that has nothing to do. */
const IDLE_EXIT_MS = 5;

/** A sync worker of gunicorn (gunicorn/workers/base.py, sync.py), from its fork to its end. */
export class GunicornWorker {
  readonly proc: FakeProcess;
  readonly #kernel: FakeKernel;
  readonly #birth: WorkerBirth;
  readonly #masterPid: number;
  #code: Code | undefined;
  /** worker.alive: cleared by SIGTERM. */
  #isAsked = false;
  #isInLoop = false;

  constructor(kernel: FakeKernel, proc: FakeProcess, birth: WorkerBirth) {
    this.#kernel = kernel;
    this.proc = proc;
    this.#birth = birth;
    this.#masterPid = proc.ppid;
    proc.after(FORK_MS, () => {
      this.#initialise();
    });
  }

  /** Which code it runs; undefined while it has not loaded any. */
  get version(): string | undefined {
    return this.#isInLoop ? this.#code?.version : undefined;
  }

  /** Takes new requests. */
  get isAccepting(): boolean {
    return this.#isInLoop && !this.#isAsked && this.proc.state === 'S';
  }

  #initialise(): void {
    const { proc } = this;
    for (const [fd, file] of [...proc.files]) {
      if (file.kind === 'heartbeat' && file.heartbeat !== this.#birth.heartbeat) proc.close(fd);
    }
    // What the arbiter handles and the worker does not reset stays handled: TTIN and TTOU.
    for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGCHLD'] as const) proc.handlers.delete(signal);
    proc.handlers.set('SIGTERM', () => {
      this.#leave();
    });
    for (const signal of ['SIGQUIT', 'SIGINT'] as const) {
      proc.handlers.set(signal, () => {
        this.#isAsked = true;
        this.#stopAccepting();
        proc.after(QUIT_MS, () => {
          this.#exit(0);
        });
      });
    }
    proc.handlers.set('SIGABRT', () => {
      this.#exit(1);
    });
    for (const signal of ['SIGWINCH', 'SIGUSR1'] as const) {
      proc.handlers.set(signal, () => undefined);
    }
    this.#load();
  }

  #load(): void {
    const { installation, directory, preloaded } = this.#birth;
    const code = preloaded ?? codeIn(installation, directory());
    this.#code = code;
    this.proc.after(preloaded === undefined ? code.bootMs : FORK_MS, () => {
      const { fate } = code;
      if (fate.is === 'hangs') return;
      if (fate.is === 'fails') {
        this.proc.print(`[ERROR] Exception in worker process\n${fate.says}\n`);
        this.#exit(fate.status);
        return;
      }
      if (preloaded === undefined) this.proc.bytesRead += CODE_BYTES;
      this.#enterLoop();
      if (fate.is === 'crashes') {
        this.proc.after(fate.afterMs, () => {
          this.#exit(1);
        });
      }
    });
  }

  #enterLoop(): void {
    // `while self.alive`: one that was asked to go while it booted leaves without a heartbeat.
    if (this.#isAsked) {
      this.#exit(0);
      return;
    }
    this.#isInLoop = true;
    this.#birth.heartbeat.beat();
    this.#birth.heartbeat.isKeptUp = true;
    for (const socket of this.proc.sockets) socket.acceptors.add(this.proc);
    this.#checkParent();
  }

  #checkParent(): void {
    this.proc.after(this.#birth.installation.parentCheckMs, () => {
      if (this.proc.ppid === this.#masterPid) this.#checkParent();
      else this.#leave();
    });
  }

  /** SIGTERM: no new request, what is under way is finished. */
  #leave(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    if (!this.#isInLoop) return;
    this.#stopAccepting();
    this.#birth.heartbeat.stop();
    const { requestMs } = this.#birth.installation;
    this.proc.after(requestMs === 0 ? IDLE_EXIT_MS : requestMs, () => {
      this.#exit(0);
    });
  }

  #stopAccepting(): void {
    for (const socket of this.proc.sockets) socket.acceptors.delete(this.proc);
  }

  #exit(code: number): void {
    this.#kernel.exit(this.proc, { by: 'exit', code });
  }
}
