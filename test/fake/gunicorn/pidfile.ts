import type { FakeKernel } from '../kernel.ts';
import type { FakeProcess } from '../process.ts';

/** A pid file as gunicorn keeps it (gunicorn/pidfile.py): it refuses one whose process lives, whoever that is. */
export class Pidfile {
  readonly #kernel: FakeKernel;
  readonly #proc: FakeProcess;
  #path: string;

  constructor(kernel: FakeKernel, proc: FakeProcess, path: string) {
    this.#kernel = kernel;
    this.#proc = proc;
    this.#path = path;
  }

  /** False: somebody of that pid lives. */
  create(): boolean {
    const pid = Number(this.#kernel.files.get(this.#path)?.text.trim() ?? NaN);
    const other = this.#kernel.find(pid);
    if (other !== undefined && other !== this.#proc) return false;
    this.#kernel.files.unlink(this.#path);
    this.#kernel.files.write(this.#path, `${this.#proc.pid}\n`);
    return true;
  }

  unlink(): void {
    const text = this.#kernel.files.get(this.#path)?.text.trim();
    if (text === String(this.#proc.pid)) this.#kernel.files.unlink(this.#path);
  }

  rename(path: string): boolean {
    this.unlink();
    this.#path = path;
    return this.create();
  }
}
