import type { Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import type { Logger } from '../logs/logger.ts';
import type { ExitStatus } from './exit-status.ts';

/** What a {@link Child} needs. */
export interface ChildDeps {
  readonly os: Pick<Os, 'kill'>;
  readonly logger: Logger;
  /** Called when the child has gone; not when another one has become the child by then. */
  readonly onEnd: (status: ExitStatus) => void;
  /** Called when the kernel does not let us signal it. */
  readonly onDenied: () => void;
}

/** The process that is the program's at the moment, and the signals that it gets. */
export class Child {
  readonly #deps: ChildDeps;
  #id: ProcId | undefined;
  #lastPid = 0;
  /** A stop that came while the child was being made. */
  #isStopDue = false;

  constructor(deps: ChildDeps) {
    this.#deps = deps;
  }

  /** Undefined when there is none. */
  get id(): ProcId | undefined {
    return this.#id;
  }

  /** The pid, or that of the last child, which the events of its end still carry; 0 from a start on. */
  get knownPid(): number {
    return this.#id?.pid ?? this.#lastPid;
  }

  /** One is being made: the last one is the past. */
  forgetLast(): void {
    this.#lastPid = 0;
  }

  /** From now on this is the child; whoever was it before is not followed any more. */
  follow(id: ProcId, exited: Promise<ExitStatus>): void {
    this.#id = id;
    this.#lastPid = id.pid;
    void exited.then((status) => {
      if (this.#id !== id) return;
      this.#id = undefined;
      this.#deps.onEnd(status);
    });
  }

  /** Sends the stop signal; to a child that is still being made when it is there, see {@link sendDueStop}. */
  stop(program: Program): void {
    if (this.#id === undefined) {
      this.#isStopDue = true;
      return;
    }
    const { stopsignal, stopsignalNumber, stopasgroup } = program;
    void this.#deliver(program, this.#id, stopsignal ?? stopsignalNumber, stopasgroup);
  }

  /** Sends the stop signal that was asked for before there was a child. */
  sendDueStop(program: Program): void {
    if (this.#isStopDue) this.stop(program);
    this.#isStopDue = false;
  }

  /** There will be no child of whom that was asked. */
  forgetDueStop(): void {
    this.#isStopDue = false;
  }

  kill(program: Program): void {
    const id = this.#id;
    if (id === undefined) return;
    this.#deps.logger.log('warn', `killing '${program.name}' (${id.pid}) with SIGKILL`);
    void this.#deliver(program, id, 'SIGKILL', program.killasgroup);
  }

  /** False when there is no child. */
  signal(program: Program, signalNumber: number): boolean {
    if (this.#id === undefined) return false;
    void this.#deliver(program, this.#id, signalNumber, false);
    return true;
  }

  async #deliver(
    { name }: Program,
    id: ProcId,
    signal: Parameters<Os['kill']>[1],
    group: boolean,
  ): Promise<void> {
    const outcome = await this.#deps.os.kill(id, signal, { group });
    if (outcome !== 'denied' || this.#id !== id) return;
    this.#deps.logger.log(
      'critical',
      `unknown problem sending signal ${signal} to ${name} (${id.pid}): EPERM`,
    );
    this.#deps.onDenied();
  }
}
