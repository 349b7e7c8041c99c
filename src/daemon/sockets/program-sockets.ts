import type { Os } from '../../os/os.ts';
import type { Instance, Launch } from '../overlap/instance.ts';
import { Alarm } from '../process/alarm.ts';

/** What {@link ProgramSockets} needs. */
export interface ProgramSocketsDeps {
  readonly os: Pick<Os, 'now' | 'sleep'>;
  /** Those of a FastCGI group stay open as long as the group is active. */
  readonly stayOpen: boolean;
  /** Whether no process is there that could accept, nor will be. */
  readonly isIdle: () => boolean;
}

/** With what the process of a program was started, or will be when it crashes, and for how long its sockets are open. */
export class ProgramSockets {
  readonly #deps: ProgramSocketsDeps;
  readonly #holdEnd: Alarm;
  #launch: Launch | undefined;
  #isStale = true;
  #isHeld = false;

  constructor(deps: ProgramSocketsDeps) {
    this.#deps = deps;
    this.#holdEnd = new Alarm(deps.os, () => {
      this.hold(0);
    });
  }

  get launch(): Launch | undefined {
    return this.#launch;
  }

  /** The plan that the next start goes by; undefined when the program's settings have to be looked at anew. */
  get plan(): Launch['plan'] | undefined {
    return this.#isStale ? undefined : this.#launch?.plan;
  }

  /** The next start has to look at the program's settings anew. */
  expire(): void {
    this.#isStale = true;
  }

  /** The process has been started as its settings are now. */
  refresh(): void {
    this.#isStale = false;
  }

  /** From now on the process has these; returns those of the one before. */
  change(launch: Launch | undefined): Launch | undefined {
    const before = this.#launch;
    this.#launch = launch;
    return before;
  }

  /** The sockets of an instance go with it, unless they are those of the process, which will be started again. */
  releaseAtEnd({ exited }: Pick<Instance, 'exited'>, launch: Launch): void {
    void exited.then(() => {
      if (this.#launch !== launch) launch.lease?.release();
    });
  }

  /** Keeps them open for so many seconds, also while the process is stopped: a start will follow. 0 ends that. */
  hold(seconds: number): void {
    this.#isHeld = seconds > 0;
    this.#holdEnd.set(this.#isHeld ? this.#deps.os.now() + seconds * 1000 : undefined);
    this.closeIdle();
  }

  /** Where nobody would accept there must be nobody to connect to. */
  closeIdle(): void {
    if (this.#deps.isIdle()) this.closeUnlessHeld();
  }

  closeUnlessHeld(): void {
    if (this.#isHeld || this.#deps.stayOpen) return;
    this.release();
    this.#launch = undefined;
  }

  release(): void {
    this.#launch?.lease?.release();
  }

  /** No timer moves them any more. */
  dispose(): void {
    this.#holdEnd.set(undefined);
  }
}
