import { reasonOf } from '../../base/reason-of.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { FcgiSettings, Program } from '../../config/program.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import type { RestingProcess } from '../adopt/resting-process.ts';
import type { SavedProcess } from '../adopt/saved-state.ts';
import type { Fault, StartOutcome } from '../control.ts';
import { Instances } from '../overlap/instances.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import { ManagedProcess } from '../process/managed-process.ts';
import { findCommand } from '../spawn/find-command.ts';
import { digestOf } from './compare-groups.ts';
import { InstanceStarter } from './instance-starter.ts';
import type { MemberDeps } from './member-deps.ts';
import { MemberPipes } from './member-pipes.ts';
import { withStartOptions } from './start-options.ts';

/** What the pool of an event listener wants of its processes. */
export interface ListenerHooks {
  readonly receive: (chunk: Buffer) => void;
  readonly takeOver: (isRunning: boolean) => void;
}

/** What only some groups have. */
export interface MemberExtras {
  readonly fcgi: FcgiSettings | undefined;
  readonly listener: ListenerHooks | undefined;
}

/** A program of an active group: its process, the instances beside it, and what stays open between two runs of it. */
export class Member {
  readonly process: ManagedProcess;
  readonly instances: Instances;
  readonly pipes: MemberPipes;
  readonly #world: MemberDeps;
  readonly #listener: ListenerHooks | undefined;
  #program: Program;
  /** The last answer of {@link programInForce}, which is asked for at every change of anything. */
  #inForce:
    { readonly program: Program; readonly startedAs: Program; readonly value: Program } | undefined;

  constructor(program: Program, world: MemberDeps, { fcgi, listener }: MemberExtras) {
    this.#program = program;
    this.#listener = listener;
    this.#world = world;
    const { os, events, logger, mayStart } = world;
    const onChange = (): void => {
      this.instances.noteChange();
      world.onChange();
    };
    this.pipes = new MemberPipes(program, world, listener?.receive);
    this.instances = new Instances({
      world,
      starter: new InstanceStarter(fcgi, world, this.pipes),
      pipes: this.pipes,
      program: () => this.#program,
      process: () => this.process,
      onChange,
    });
    this.process = new ManagedProcess(program, {
      os,
      events,
      logger,
      mayStart,
      onChange,
      stopPatienceS: () => this.instances.patienceS,
      findCommand: () => findCommand(this.#program, world.environment.PATH),
      spawn: (toStart, command) => this.instances.spawn(toStart, command),
      logs: () => this.pipes.logs,
    });
  }

  /** Stands for its configuration. */
  get fingerprint(): string {
    return digestOf(this.#program);
  }

  get program(): Program {
    return this.#program;
  }

  /** What the configuration would have to say to be what runs: of what only a start applies, that of the last start. */
  get programInForce(): Program {
    const startedAs =
      this.process.record === undefined ? undefined : this.instances.main?.startedAs;
    if (startedAs === undefined) return this.#program;
    const last = this.#inForce;
    if (last?.program === this.#program && last.startedAs === startedAs) return last.value;
    const value = withStartOptions(this.#program, startedAs);
    this.#inForce = { program: this.#program, startedAs, value };
    return value;
  }

  /** Takes what a new configuration says: at once where that needs no start, else from the next start on. */
  configure(program: Program): void {
    this.#program = program;
    this.instances.sockets.expire();
    this.process.configure(program);
    this.pipes.configure(program);
  }

  /** Whether there is no process, and none soon. */
  get isStopped(): boolean {
    return this.process.isStopped && this.instances.isIdle;
  }

  /** How its last process ended, once nothing of it runs and nothing will; `exit` is undefined when there never was a process. */
  get end(): { readonly exit: ExitStatus | undefined } | undefined {
    const isOver = this.process.isAtRest && this.instances.overlap.isIdle;
    return isOver ? { exit: this.process.lastExit } : undefined;
  }

  /** As ManagedProcess.start; by the program's settings as they are now. */
  start(): Result<{ readonly settled: Promise<StartOutcome> }, Fault> {
    if (this.process.isStopped) this.instances.sockets.expire();
    return this.process.start();
  }

  /** As ManagedProcess.stop, with the instances beside the process. */
  stop(): Result<{ readonly settled: Promise<void> }, Fault> {
    const { overlap, sockets } = this.instances;
    overlap.abandon();
    overlap.hurry();
    const stopped = this.process.stop();
    if (!stopped.ok && overlap.isIdle) return stopped;
    // From now on connections are refused, as they are when the program itself closes its sockets.
    sockets.closeUnlessHeld();
    return ok({ settled: this.#settleStop() });
  }

  /** The daemon ends: stops what runs, and nothing is tried again. Resolves when nothing runs any more. */
  shutDown(): Promise<void> {
    this.process.giveUp();
    this.stop(); // Refused where there is nothing to stop.
    return this.#settleStop();
  }

  /** Goes on where an earlier daemon was with a process that does not run. */
  recall({ memory, logs }: RestingProcess): void {
    this.pipes.nameLogs(logs);
    // What never was started is started when it has autostart.
    if (memory.startedEpochMs === 0) return;
    this.process.recall(memory);
    if (this.program.kind !== 'fcgi-program') return;
    const launch = this.instances.reclaimSockets();
    if (launch !== undefined) this.instances.sockets.change(launch);
  }

  /** A process of an earlier daemon has ended while nobody was looking. */
  noteEnded(saved: SavedProcess): void {
    this.pipes.nameLogs(saved.logs);
    this.process.adopt(saved, saved.memory, Promise.resolve({ kind: 'unknown' }));
  }

  /** Goes on with a process of an earlier daemon. */
  async takeOver(saved: SavedProcess): Promise<void> {
    this.pipes.nameLogs(saved.logs);
    try {
      (await this.pipes.open()).takeOver(saved.id.pid);
    } catch (error) {
      const { logger } = this.#world;
      logger.log('error', `output of adopted ${nameSpecOf(this.program)}: ${reasonOf(error)}`);
    }
    this.#listener?.takeOver(saved.state !== 'STARTING');
    const { exited } = this.instances.takeOver(saved);
    this.process.adopt(saved, saved.memory, exited);
  }

  /** Writes to the stdin of its process. NOT_RUNNING; NO_FILE when that is closed, FAILED when it is full. */
  writeStdin(text: string): Result<true, Fault> {
    const detail = nameSpecOf(this.program);
    if (this.process.record === undefined) return err({ name: 'NOT_RUNNING', detail });
    const written = this.pipes.current?.write(Buffer.from(text)) ?? err('closed');
    if (written.ok) return written;
    return written.error === 'closed'
      ? err({ name: 'NO_FILE', detail })
      : err({ name: 'FAILED', detail: `${detail} does not read its stdin` });
  }

  /** Leaves everything to another daemon, while its pipes are held. */
  abandon(): void {
    this.process.dispose();
    this.instances.dispose();
    this.pipes.current?.abandon();
  }

  /** Its process has to be stopped. */
  async close(): Promise<void> {
    this.process.dispose();
    this.instances.dispose();
    this.instances.sockets.release();
    await this.pipes.close();
  }

  /** Resolves when nothing of it runs. */
  async #settleStop(): Promise<void> {
    await Promise.all([this.process.settleStop(), this.instances.overlap.whenIdle()]);
    await this.instances.orphans.whenGone();
  }
}
