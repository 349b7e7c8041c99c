import { reasonOf } from '../../base/reason-of.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import type { Fault, StartOutcome } from '../control.ts';
import type { EventBus } from '../events/daemon-event.ts';
import type { Logger } from '../logs/logger.ts';
import type { FoundCommand, MissingCommand } from '../spawn/find-command.ts';
import type { SpawnedChild } from '../spawn/spawn-child.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { Alarm } from './alarm.ts';
import { Child } from './child.ts';
import { describeExit, type ExitStatus } from './exit-status.ts';
import {
  FRESH_MACHINE,
  transition,
  wakeAt,
  type Machine,
  type MachineEffect,
  type MachineEvent,
} from './machine.ts';
import { ProcessHistory, type NotedExit } from './process-history.ts';
import { takeSnapshot, type ProcessSnapshot } from './process-info.ts';
import {
  recallResting,
  recallRunning,
  recordOf,
  rememberMachine,
  type Moment,
  type ProcessMemory,
  type ProcessRecord,
} from './process-memory.ts';
import { stateEvent } from './state-event.ts';
import { Waiters } from './waiters.ts';

/** What a process needs of the world around it. */
export interface ProcessWorld {
  readonly os: Pick<Os, 'now' | 'wallClock' | 'sleep' | 'kill'>;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly findCommand: (program: Program) => Result<FoundCommand, MissingCommand>;
  /** The error is what becomes the spawn error. */
  readonly spawn: (
    program: Program,
    command: FoundCommand,
  ) => Promise<Result<SpawnedChild, string>>;
  /** Seconds from the stop signal to the KILL. */
  readonly stopPatienceS: () => number;
  /** Whether processes may be started: not while the daemon shuts down. */
  readonly mayStart: () => boolean;
  /** Called after every change of what {@link ManagedProcess.record} says. */
  readonly onChange: () => void;
  /** The log files, as they are called now. */
  readonly logs: () => {
    readonly stdout: string | undefined;
    readonly stderr: string | undefined;
  };
}

const STOPPED: ReadonlySet<Machine['state']> = new Set<Machine['state']>([
  'STOPPED',
  'EXITED',
  'FATAL',
  'UNKNOWN',
]);

/** A process that the configuration asks for: the state machine with its timers, its child and everybody who waits for it. */
export class ManagedProcess {
  #program: Program;
  readonly #world: ProcessWorld;
  readonly #alarm: Alarm;
  #machine: Machine = FRESH_MACHINE;
  readonly #child: Child;
  readonly #history = new ProcessHistory();
  readonly #startWaiters = new Waiters<StartOutcome>();
  readonly #stopWaiters = new Waiters();
  #isDisposed = false;
  /** Counts what makes a spawn that is still under way out of date. */
  #replacements = 0;

  constructor(program: Program, world: ProcessWorld) {
    this.#program = program;
    this.#world = world;
    this.#alarm = new Alarm(world.os, () => {
      this.#dispatch({ type: 'tick' });
    });
    this.#child = new Child({
      os: world.os,
      logger: world.logger,
      onEnd: (status) => {
        this.#history.noteGone(status);
        this.#dispatch({ type: 'ended', status });
      },
      onDenied: () => {
        this.#dispatch({ type: 'signal-denied' });
      },
    });
  }

  get program(): Program {
    return this.#program;
  }

  /** From now on this is what the configuration says; the process that runs stays as it was started. */
  configure(program: Program): void {
    this.#program = program;
    if (!this.#isDisposed) this.#alarm.set(wakeAt(this.#machine, program));
  }

  get state(): Machine['state'] {
    return this.#machine.state;
  }

  /** In none of the states in which there is, or soon will be, a process. */
  get isStopped(): boolean {
    return STOPPED.has(this.state);
  }

  /** Whether there is no process, and none will be unless somebody starts it. */
  get isAtRest(): boolean {
    return this.isStopped && this.state !== 'UNKNOWN' && !this.#isRestartDue;
  }

  get #isRestartDue(): boolean {
    return this.#machine.state === 'EXITED' && this.#machine.restartAtMs !== undefined;
  }

  /** How its last process ended; undefined when none has. */
  get lastExit(): ExitStatus | undefined {
    return this.#history.lastExit;
  }

  /** Whether it has never been started. */
  get isFresh(): boolean {
    return this.#history.memory.startedEpochMs === 0 && this.#machine.state === 'STOPPED';
  }

  /** The log files, as they are called now. */
  get logs(): { readonly stdout: string | undefined; readonly stderr: string | undefined } {
    return this.#world.logs();
  }

  get snapshot(): ProcessSnapshot {
    const { program, state, logs } = this;
    return takeSnapshot(this.#history.memory, {
      program,
      state,
      logs,
      willRestart: this.#isRestartDue,
      pid: this.#child.id?.pid ?? 0,
      nowEpochMs: this.#world.os.wallClock(),
    });
  }

  /** Undefined when there is no process. */
  get record(): ProcessRecord | undefined {
    return recordOf(this.state, this.#child.id, this.#history.memory);
  }

  /** What a next daemon has to know beside {@link record}. */
  get memory(): ProcessMemory {
    return { ...rememberMachine(this.#machine, this.#moment()), ...this.#history.memory };
  }

  /** NO_FILE, NOT_EXECUTABLE (both looked at first), ALREADY_STARTED, FAILED. When STOPPING, nothing happens: 'abnormal'. */
  start(): Result<{ readonly settled: Promise<StartOutcome> }, Fault> {
    const found = this.#world.findCommand(this.program);
    if (!found.ok) return err({ name: found.error.fault, detail: found.error.text });
    switch (this.#machine.state) {
      case 'STARTING':
      case 'RUNNING':
      case 'BACKOFF':
        return err({ name: 'ALREADY_STARTED', detail: nameSpecOf(this.program) });
      case 'UNKNOWN': {
        const detail = `${nameSpecOf(this.program)} is in an unknown process state`;
        return err({ name: 'FAILED', detail });
      }
      case 'STOPPING':
        // It is taken and does nothing, as with supervisord (supervisor/process.py, spawn).
        this.#world.logger.log('warn', `process '${this.program.name}' already running`);
        return ok({ settled: Promise.resolve<StartOutcome>('abnormal') });
      case 'STOPPED':
      case 'EXITED':
      case 'FATAL': {
        const settled = this.#startWaiters.wait();
        this.launch();
        return ok({ settled });
      }
    }
  }

  /** Starts it without asking whether that will work: what is missing becomes a spawn error, and is tried again. */
  launch(): void {
    if (this.#world.mayStart()) this.#dispatch({ type: 'start' });
    else this.#tellWaiters();
  }

  /** NOT_RUNNING unless STARTING, RUNNING or BACKOFF. `settled` when it is in a stopped state. */
  stop(): Result<{ readonly settled: Promise<void> }, Fault> {
    const { state } = this.#machine;
    const isUp = state === 'STARTING' || state === 'RUNNING' || state === 'BACKOFF';
    if (!isUp && !this.#isRestartDue) {
      return err({ name: 'NOT_RUNNING', detail: nameSpecOf(this.program) });
    }
    const settled = this.settleStop();
    this.#dispatch({ type: 'stop' });
    return ok({ settled });
  }

  /** Resolves when it is in one of the stopped states. */
  settleStop(): Promise<void> {
    const settled = this.#stopWaiters.wait();
    this.#tellWaiters();
    return settled;
  }

  /** NOT_RUNNING unless STARTING, RUNNING or STOPPING. 0 only asks. */
  signal(signalNumber: number): Result<true, Fault> {
    const { state } = this.#machine;
    const isSignallable = state === 'RUNNING' || state === 'STARTING' || state === 'STOPPING';
    return isSignallable && this.#child.signal(this.program, signalNumber)
      ? ok(true)
      : err({ name: 'NOT_RUNNING', detail: nameSpecOf(this.program) });
  }

  /** The daemon ends: nothing is tried again. What runs is stopped with {@link stop}. */
  giveUp(): void {
    this.#dispatch({ type: 'give-up' });
  }

  /** Takes over a process that an earlier daemon started; `exited` resolves when it has gone. */
  adopt(record: ProcessRecord, memory: ProcessMemory, exited: Promise<ExitStatus>): void {
    const { os } = this.#world;
    const sinceMs = os.now() - Math.max(0, os.wallClock() - record.startedEpochMs);
    this.#history.recall(memory);
    this.#history.noteProcess(record.startedEpochMs);
    this.#machine = recallRunning({ ...memory, state: record.state }, sinceMs, this.#moment());
    this.#child.follow(record.id, exited);
    this.#alarm.set(wakeAt(this.#machine, this.program));
  }

  /** Goes on where an earlier daemon was with a process that does not run. */
  recall(memory: ProcessMemory): void {
    this.#history.recall(memory);
    this.#machine = recallResting(memory, this.#moment());
    this.#alarm.set(wakeAt(this.#machine, this.program));
  }

  /** Makes a process that runs beside the present one the process, where {@link canBePromoted} says so. */
  promote(id: ProcId, startedEpochMs: number, exited: Promise<ExitStatus>): void {
    this.#replacements += 1;
    this.#child.forgetDueStop();
    this.#child.follow(id, exited);
    this.#dispatch({ type: 'promoted' });
    this.#history.noteProcess(startedEpochMs);
    this.#world.onChange();
  }

  /** Whether another process may take the place of the present one: not while that is being stopped. */
  get canBePromoted(): boolean {
    const { state } = this.#machine;
    return state !== 'STOPPING' && state !== 'UNKNOWN';
  }

  /** No timer and no end of the child moves it any more. */
  dispose(): void {
    this.#isDisposed = true;
    this.#alarm.set(undefined);
  }

  #moment(): Moment {
    const { os } = this.#world;
    return { nowMs: os.now(), epochMs: os.wallClock() };
  }

  #dispatch(event: MachineEvent): void {
    if (this.#isDisposed) return;
    const { program } = this;
    const settings = {
      ...program,
      stopPatienceS: this.#world.stopPatienceS(),
      mayRestart: this.#world.mayStart(),
    };
    const { machine, effects } = transition(this.#machine, event, settings, this.#world.os.now());
    this.#machine = machine;
    this.#alarm.set(wakeAt(machine, settings));
    for (const effect of effects) this.#carryOut(effect);
    this.#tellWaiters();
    if (effects.length > 0) this.#world.onChange();
  }

  #carryOut(effect: MachineEffect): void {
    const { program } = this;
    switch (effect.do) {
      case 'spawn':
        void this.#spawn();
        return;
      case 'stop-signal':
        this.#world.logger.log('info', `waiting for ${program.name} to stop`);
        this.#child.stop(program);
        return;
      case 'kill':
        this.#child.kill(program);
        return;
      case 'note-exit':
        this.#noteExit(effect);
        return;
      case 'announce':
        this.#announce(effect.from, effect.to);
        return;
    }
  }

  #announce(from: Machine['state'], to: Machine): void {
    const { name, group, startsecs } = this.program;
    const { logger, events, os } = this.#world;
    if (to.state === 'STARTING') {
      this.#history.noteStart(os.wallClock());
      this.#child.forgetLast();
    }
    events.emit(
      stateEvent(from, to, {
        processName: name,
        groupName: group,
        pid: this.#child.knownPid,
        expected: this.#history.wasExpected,
      }),
    );
    if (to.state === 'RUNNING') {
      this.#startWaiters.settle('running');
      logger.log(
        'info',
        `success: ${name} entered RUNNING state, process has stayed up for > than ${startsecs} seconds (startsecs)`,
      );
    } else if (to.state === 'BACKOFF') this.#startWaiters.settle('spawn-error');
    else if (to.state === 'FATAL' && from === 'BACKOFF' && this.#world.mayStart()) {
      logger.log(
        'info',
        `gave up: ${name} entered FATAL state, too many start retries too quickly`,
      );
    }
  }

  async #spawn(): Promise<void> {
    const { program } = this;
    const { logger } = this.#world;
    const found = this.#world.findCommand(program);
    if (!found.ok) {
      this.#failSpawn(found.error.text);
      return;
    }
    const replacements = this.#replacements;
    const spawned = await this.#world.spawn(program, found.value).catch((error: unknown) => {
      // No file descriptor left, a pipe that somebody removed, a bug: none of it must end the daemon.
      const reason = reasonOf(error);
      return err(`unknown error during fork for '${program.name}': ${reason}`);
    });
    // Another instance has become the process: what has been spawned meanwhile is the business of who did it.
    if (replacements !== this.#replacements) return;
    if (!spawned.ok) {
      this.#failSpawn(spawned.error);
      return;
    }
    const { id, exited } = spawned.value;
    logger.log('info', `spawned: '${program.name}' with pid ${id.pid}`);
    this.#history.noteProcess(this.#world.os.wallClock());
    this.#child.follow(id, exited);
    this.#dispatch({ type: 'spawned' });
    this.#world.onChange();
    this.#child.sendDueStop(this.program);
  }

  #failSpawn(text: string): void {
    this.#history.noteSpawnError(text);
    this.#child.forgetDueStop();
    this.#world.logger.log('info', `spawnerr: ${text}`);
    this.#dispatch({ type: 'spawn-failed' });
  }

  #noteExit(exit: NotedExit): void {
    const { logger, os } = this.#world;
    this.#history.noteExit(exit, os.wallClock());
    logger.log(exit.expected ? 'info' : 'warn', wordsOfExit(this.program.name, exit));
  }

  #tellWaiters(): void {
    if (this.#machine.state !== 'STARTING') this.#startWaiters.settle('abnormal');
    if (this.isStopped) this.#stopWaiters.settle();
  }
}

/** The line of supervisord's log about the end of a process. */
function wordsOfExit(name: string, { status, expected, phase }: NotedExit): string {
  const how = describeExit(status);
  if (phase === 'stopped') return `stopped: ${name} (${how})`;
  return `exited: ${name} (${how}; ${expected ? 'expected' : 'not expected'})`;
}
