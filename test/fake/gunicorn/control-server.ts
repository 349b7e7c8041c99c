import type { FakeKernel } from '../kernel.ts';
import type { FakeProcess } from '../process.ts';

/** From a fork to the server's new socket. */
const RESTART_MS = 6;

/**
 * gunicorn 25.1 and later serve gunicornc at a path. The server is taken down before each fork of its master and put up after it, and
 * whatever is at the path when it goes up or down is removed (gunicorn/ctl/server.py).
 */
export class ControlServer {
  readonly #kernel: FakeKernel;
  readonly #proc: FakeProcess;
  readonly #path: string;
  #fd: number | undefined;
  #isRunning = false;

  constructor(kernel: FakeKernel, proc: FakeProcess, path: string) {
    this.#kernel = kernel;
    this.#proc = proc;
    this.#path = path;
  }

  start(): void {
    this.#isRunning = true;
    this.#bind();
  }

  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#takeDown();
  }

  noteFork(): void {
    if (!this.#isRunning) return;
    this.#takeDown();
    this.#proc.after(RESTART_MS, () => {
      if (this.#isRunning) this.#bind();
    });
  }

  #bind(): void {
    this.#kernel.files.unlink(this.#path);
    this.#fd = this.#kernel.bindPath(this.#proc, this.#path);
  }

  #takeDown(): void {
    if (this.#fd !== undefined) this.#proc.close(this.#fd);
    this.#fd = undefined;
    this.#kernel.files.unlink(this.#path);
  }
}
