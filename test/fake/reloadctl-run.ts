import type { ExitCode } from '../../src/base/errors.ts';
import type { ReloadOptions } from '../../src/policy/facts.ts';
import type { PlannedAction } from '../../src/policy/actions.ts';
import type { ReloadEvent } from '../../src/reload/events.ts';
import { Interruption } from '../../src/reload/interruption.ts';
import { runAction } from '../../src/reload/run-action.ts';
import type { Target } from '../../src/reload/target.ts';
import { FakeOs } from './fake-os.ts';
import type { FakeMachine } from './machine.ts';
import type { MemoryState } from './memory-state.ts';
import type { FakeProcess } from './process.ts';

/** What a run of reloadctl is asked to do. */
export interface RunRequest {
  readonly action: PlannedAction;
  readonly target: (isDead: () => boolean) => Target;
  readonly options: ReloadOptions;
  readonly waitMs: number;
  /** Who runs it. */
  readonly user: { readonly name: string; readonly uid: number };
  /** Called with each event at the moment at which it is told. */
  readonly onEvent: (event: ReloadEvent) => void;
}

/** One run of reloadctl as a process of the fake machine. */
export class ReloadctlRun {
  readonly proc: FakeProcess;
  readonly os: FakeOs;
  readonly interruption = new Interruption();
  readonly events: ReloadEvent[] = [];
  readonly #machine: FakeMachine;
  readonly #died: Promise<'killed'>;

  constructor(machine: FakeMachine, uid: number) {
    this.#machine = machine;
    const { kernel } = machine;
    this.proc = kernel.spawn(
      kernel.init,
      { argv: ['reloadctl'], env: { PATH: '/usr/bin' }, cwd: '/' },
      () => undefined,
      { uid, leads: 'session' },
    );
    this.os = new FakeOs(machine, this.proc);
    this.#died = new Promise((resolve) => {
      kernel.onExit((proc) => {
        if (proc === this.proc) resolve('killed');
      });
    });
  }

  /** Carries the action out; the exit code, or 'killed' where the process was KILLed before. */
  async perform(state: MemoryState, request: RunRequest): Promise<ExitCode | 'killed'> {
    const isDead = (): boolean => !this.proc.isAlive;
    const work = runAction(
      {
        os: this.os,
        state: state.openFor(isDead),
        interruption: this.interruption,
        sink: (event) => {
          if (isDead()) return;
          this.events.push(event);
          request.onEvent(event);
        },
      },
      {
        action: request.action,
        target: request.target(isDead),
        options: request.options,
        waitMs: request.waitMs,
        user: request.user.name,
      },
    );
    const end = await Promise.race([work, this.#died]);
    this.#machine.kernel.exit(this.proc, { by: 'exit', code: end === 'killed' ? 137 : end });
    return end;
  }

  /** kill -9. */
  kill(): void {
    this.#machine.kernel.kill(this.#machine.kernel.init, this.proc, 'SIGKILL');
  }

  /** The result that was told last. */
  get result(): Extract<ReloadEvent, { event: 'result' }> | undefined {
    const last = this.events.at(-1);
    return last?.event === 'result' ? last : undefined;
  }
}
