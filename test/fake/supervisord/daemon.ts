import type { FakeKernel } from '../kernel.ts';
import type { FakeProcess } from '../process.ts';
import { Overlap, type OverlapSettings } from './overlap.ts';
import { Subprocess, type ProgramToRun } from './subprocess.ts';

/** supervisord's main loop waits so long for something to read. */
const POLL_MS = 1000;

/** supervisord: its process, its main loop and its programs. */
export class Supervisord {
  readonly proc: FakeProcess;
  readonly #kernel: FakeKernel;
  readonly #programs: Subprocess[] = [];
  readonly #overlaps = new Map<Subprocess, Overlap>();

  constructor(kernel: FakeKernel, env: Readonly<Record<string, string>>) {
    this.#kernel = kernel;
    const execution = { argv: ['/usr/bin/supervisord'], env, cwd: '/' };
    this.proc = kernel.spawn(kernel.init, execution, () => undefined, { leads: 'session' });
    for (const signal of ['SIGCHLD', 'SIGTERM', 'SIGHUP'] as const) {
      this.proc.handlers.set(signal, () => {
        this.proc.wake();
      });
    }
    void this.#loop();
  }

  /** Makes it a `reloadctl daemon` as far as one program goes. */
  overlap(program: Subprocess, settings: OverlapSettings): Overlap {
    const overlap = new Overlap(this.#kernel, this.proc, program, settings);
    this.#overlaps.set(program, overlap);
    return overlap;
  }

  overlapOf(program: Subprocess): Overlap | undefined {
    return this.#overlaps.get(program);
  }

  get programs(): Subprocess[] {
    return this.#programs;
  }

  add(run: ProgramToRun): Subprocess {
    const subprocess = new Subprocess(this.#kernel, this.proc, run);
    this.#programs.push(subprocess);
    return subprocess;
  }

  /** Looks who has ended, as some RPC methods do too. */
  reap(): void {
    for (const child of this.#kernel.reap(this.proc)) {
      const { status } = child;
      if (status === undefined) continue;
      const program = this.#programs.find(({ proc }) => proc === child);
      program?.finish(status);
      for (const [owner, overlap] of this.#overlaps) {
        overlap.noteEnd(child);
        if (owner === program && owner.state === 'STOPPED') overlap.noteStopped();
      }
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      await this.proc.nap(POLL_MS);
      for (const program of this.#programs) program.transition();
      this.reap();
    }
  }
}
