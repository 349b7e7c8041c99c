import { err, ok, type Result } from '../../base/result.ts';
import type { Program } from '../../config/program.ts';
import { settleWithin } from '../../os/clock.ts';
import { errnoOf } from '../../os/errno.ts';
import type { Os } from '../../os/os.ts';
import { watchUntilGone } from '../adopt/foreign-processes.ts';
import type { RestingProcess } from '../adopt/resting-process.ts';
import type { SavedProcess } from '../adopt/saved-state.ts';
import type { Fault, OverlapSnapshot } from '../control.ts';
import type { EventBus } from '../events/daemon-event.ts';
import type { EventSerials } from '../events/event-serials.ts';
import type { InTurn } from '../logs/in-turn.ts';
import type { Logger } from '../logs/logger.ts';
import { ManagedProcess, namespecOf } from '../process/managed-process.ts';
import type { ProcessPipes } from '../process/process-pipes.ts';
import { childEnvironment } from '../spawn/child-environment.ts';
import { findCommand } from '../spawn/find-command.ts';
import { spawnChild } from '../spawn/spawn-child.ts';
import { digestOf } from './compare-groups.ts';
import { hasSameOutput, withStartOptions } from './start-options.ts';

/** What the members of all groups share. */
export interface MemberWorld {
  readonly os: Pick<Os, 'me' | 'now' | 'wallClock' | 'sleep' | 'kill' | 'process' | 'maySignal'>;
  readonly events: EventBus;
  readonly logger: Logger;
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the supervisor. */
  readonly identifier: string;
  /** The numbers of the events, one row for the whole daemon. */
  readonly serials: EventSerials;
  /** Whose turn it is to be spawned. */
  readonly inSpawnTurn: InTurn;
  readonly defaultServerUrl: string | undefined;
  readonly mayStart: () => boolean;
  readonly onChange: () => void;
  /** Makes an AUTO log and returns its path. Rejects with the system error. */
  readonly makeAutoLog: (program: Program, channel: 'stdout' | 'stderr') => Promise<string>;
  /** Rejects when a log or a pipe cannot be opened. `autoLogs` are those that are there already. */
  readonly openPipes: (program: Program, autoLogs: OpenedLogs) => Promise<ProcessPipes>;
}

/** The log files of a program; undefined for a channel without one. */
export interface OpenedLogs {
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

const NO_LOGS: OpenedLogs = { stdout: undefined, stderr: undefined };

/** What the pool of an event listener wants of its processes. */
export interface ListenerHooks {
  readonly receive: (chunk: Buffer) => void;
  readonly takeOver: (isRunning: boolean) => void;
}

/** The log must not keep a crashed program from coming back. */
const FLUSH_MS = 500;

/** A program of an active group: its process, and what stays open between two runs of it. */
export class Member {
  readonly process: ManagedProcess;
  readonly #world: MemberWorld;
  readonly #listener: ListenerHooks | undefined;
  readonly #watch = new AbortController();
  #naming: Promise<OpenedLogs> | undefined;
  #autoLogs: OpenedLogs = NO_LOGS;
  #program: Program;
  /** What the process that runs was started as. */
  #startedAs: Program | undefined;
  #opening: Promise<ProcessPipes> | undefined;
  #pipes: ProcessPipes | undefined;
  /** What they were opened for. */
  #pipesFor: Program | undefined;

  constructor(program: Program, world: MemberWorld, listener?: ListenerHooks) {
    this.#program = program;
    this.#listener = listener;
    this.#world = world;
    const { os, events, logger, mayStart, onChange } = world;
    this.process = new ManagedProcess(program, {
      os,
      events,
      logger,
      mayStart,
      onChange,
      findCommand: () => findCommand(this.#program, world.environment.PATH),
      spawn: (toStart, command) => this.#spawn(toStart, command),
      logs: () =>
        this.#pipes?.logs ?? {
          stdout: configuredLog(this.#program, 'stdout') ?? this.#autoLogs.stdout,
          stderr: configuredLog(this.#program, 'stderr') ?? this.#autoLogs.stderr,
        },
    });
  }

  /**
   * Makes the logs whose names the supervisor chooses: they are there, empty, from the beginning; those that the file names are made by the
   * first start. `inherited` are those of an earlier daemon, which go on.
   */
  nameLogs(inherited: OpenedLogs = NO_LOGS): void {
    this.#naming ??= this.#makeAutoLogs(inherited).then((names) => {
      this.#autoLogs = names;
      return names;
    });
  }

  /** Stands for its configuration. */
  get fingerprint(): string {
    return digestOnce(this.#program);
  }

  get program(): Program {
    return this.#program;
  }

  /** What the configuration would have to say to be what runs: of what only a start applies, that of the last start. */
  get programInForce(): Program {
    const startedAs = this.process.record === undefined ? undefined : this.#startedAs;
    return startedAs === undefined ? this.#program : withStartOptions(this.#program, startedAs);
  }

  /** Takes what a new configuration says: at once where that needs no start, else from the next start on. */
  configure(program: Program): void {
    this.#program = program;
    this.process.configure(program);
    this.#pipes?.limit(program);
  }

  /** What a next daemon has to know, while there is a process. */
  get saved(): SavedProcess | undefined {
    const { record } = this.process;
    if (record === undefined) return undefined;
    const { program } = this;
    return {
      ...record,
      group: program.group,
      name: program.name,
      kind: program.kind,
      logs: this.process.logs,
      memory: this.process.memory,
      fingerprint: digestOnce(this.programInForce),
      stop: {
        signalNumber: program.stopsignalNumber,
        waitSecs: program.stopwaitsecs,
        asGroup: program.stopasgroup,
        killAsGroup: program.killasgroup,
      },
    };
  }

  /** What a next daemon has to know, while there is no process. */
  get resting(): RestingProcess | undefined {
    if (this.process.record !== undefined) return undefined;
    const { program } = this;
    const { group, name, kind } = program;
    const { logs, memory } = this.process;
    return { group, name, kind, fingerprint: this.fingerprint, logs, memory };
  }

  /** Goes on where an earlier daemon was with a process that does not run. */
  recall({ memory, logs }: RestingProcess): void {
    this.nameLogs(logs);
    // What never was started is started when it has autostart.
    if (memory.startedEpochMs === 0) return;
    this.process.recall(memory);
  }

  /** A process of an earlier daemon has ended while nobody was looking. */
  noteEnded(saved: SavedProcess): void {
    this.nameLogs(saved.logs);
    this.process.adopt(saved, saved.memory, Promise.resolve({ kind: 'unknown' }));
  }

  /** Goes on with a process of an earlier daemon. */
  async takeOver(saved: SavedProcess): Promise<void> {
    const { os, logger } = this.#world;
    this.nameLogs(saved.logs);
    try {
      (await this.#open()).takeOver(saved.id.pid);
    } catch (error) {
      logger.log('error', `output of adopted ${namespecOf(this.program)}: ${reasonOf(error)}`);
    }
    this.#listener?.takeOver(saved.state !== 'STARTING');
    const gone = watchUntilGone(os, saved.id, this.#watch.signal);
    this.process.adopt(
      saved,
      saved.memory,
      gone.then(async () => {
        await this.#flush();
        return { kind: 'unknown' };
      }),
    );
  }

  /** Writes to the stdin of its process; false when that is closed or full. */
  send(data: Buffer): boolean {
    return this.#pipes?.write(data).ok === true;
  }

  /** As DaemonControl.writeStdin. */
  writeStdin(text: string): Result<true, Fault> {
    if (this.process.record === undefined) {
      return err({ name: 'NOT_RUNNING', detail: namespecOf(this.program) });
    }
    const written = this.#pipes?.write(Buffer.from(text)) ?? err('closed');
    if (written.ok) return written;
    return written.error === 'closed'
      ? err({ name: 'NO_FILE', detail: namespecOf(this.program) })
      : err({ name: 'FAILED', detail: `${namespecOf(this.program)} does not read its stdin` });
  }

  /** As DaemonControl.overlap. */
  get overlap(): OverlapSnapshot {
    const { group, name } = this.program;
    return {
      group,
      name,
      pid: this.process.snapshot.pid,
      sockets: [],
      socketReason: 'this version of the daemon does not hold sockets',
      adopted: false,
      successor: 0,
      successorEnd: undefined,
      retiring: [],
      retired: undefined,
      gracefulTimeoutS: 0,
    };
  }

  /** As DaemonControl.startSuccessor. */
  startSuccessor(leaseS: number): Promise<Result<number, Fault>> {
    const detail = `${namespecOf(this.program)}: no second instance for ${leaseS} s without sockets`;
    return Promise.resolve(err({ name: 'FAILED', detail }));
  }

  /** As DaemonControl.stopSuccessor. */
  stopSuccessor(): Result<true, Fault> {
    return ok(true);
  }

  /** As DaemonControl.promoteSuccessor. */
  promoteSuccessor(): Promise<Result<true, Fault>> {
    return Promise.resolve(
      err({ name: 'FAILED', detail: `${namespecOf(this.program)} has no successor` }),
    );
  }

  /** As DaemonControl.holdSockets. */
  holdSockets(seconds: number): Result<true, Fault> {
    return seconds >= 0 ? ok(true) : err({ name: 'BAD_ARGUMENTS' });
  }

  /** Rejects with the system error. */
  async clearLogs(): Promise<void> {
    await this.#pipes?.clear();
  }

  async reopenLogs(): Promise<void> {
    await this.#pipes?.reopen();
  }

  /** Its process has to be stopped. */
  async close(): Promise<void> {
    this.process.dispose();
    this.#watch.abort();
    await this.#closePipes();
  }

  async #closePipes(): Promise<void> {
    const opening = this.#opening;
    const pipes = await opening?.catch(() => undefined); // Never opened: nothing to close.
    await pipes?.close();
    if (this.#opening === opening) this.#opening = undefined;
  }

  #open(): Promise<ProcessPipes> {
    const program = this.#program;
    this.#opening ??= this.#openPipes(program).then(
      (pipes) => {
        this.#pipesFor = program;
        pipes.stdout.onData = this.#listener?.receive;
        this.#pipes = pipes;
        return pipes;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  async #openPipes(program: Program): Promise<ProcessPipes> {
    return this.#world.openPipes(program, (await this.#naming) ?? NO_LOGS);
  }

  async #makeAutoLogs(inherited: OpenedLogs): Promise<OpenedLogs> {
    const make = async (channel: 'stdout' | 'stderr'): Promise<string | undefined> => {
      const isMerged = channel === 'stderr' && this.program.redirectStderr;
      if (isMerged || this.program[channel].target.kind !== 'auto') return undefined;
      return inherited[channel] ?? (await this.#world.makeAutoLog(this.program, channel));
    };
    try {
      return { stdout: await make('stdout'), stderr: await make('stderr') };
    } catch {
      return NO_LOGS; // The first start tries again, and tells.
    }
  }

  async #spawn(
    program: Program,
    command: Parameters<typeof spawnChild>[1]['command'],
  ): ReturnType<typeof spawnChild> {
    const { os, environment, defaultServerUrl, inSpawnTurn } = this.#world;
    let pipes: ProcessPipes;
    try {
      if (this.#pipesFor !== undefined && !hasSameOutput(this.#pipesFor, program)) {
        await this.#closePipes();
      }
      pipes = await this.#open();
    } catch (error) {
      const code = errnoOf(error) ?? reasonOf(error);
      return err(`unknown error making dispatchers for '${program.name}': ${code}`);
    }
    this.#startedAs = program;
    const spawned = await inSpawnTurn(() =>
      pipes.lend((fds) =>
        spawnChild(os, {
          name: program.name,
          command,
          env: childEnvironment(program, environment, defaultServerUrl),
          cwd: program.directory,
          umask: program.umask,
          user: program.user,
          fds,
        }),
      ),
    );
    if (!spawned.ok) return spawned;
    const { id, exited } = spawned.value;
    pipes.attach(id.pid);
    return ok({
      id,
      exited: exited.then(async (status) => {
        await this.#flush();
        return status;
      }),
    });
  }

  /** What the process said comes before the news of its end. */
  async #flush(): Promise<void> {
    const flushed = this.#pipes?.flush() ?? Promise.resolve();
    await settleWithin(flushed, FLUSH_MS, undefined).catch((error: unknown) => {
      this.#world.logger.log('error', `${namespecOf(this.program)}: ${reasonOf(error)}`);
    });
  }
}

/** Asked for at every change of anything. */
const digests = new WeakMap<Program, string>();

function digestOnce(program: Program): string {
  const digest = digests.get(program) ?? digestOf(program);
  digests.set(program, digest);
  return digest;
}

function configuredLog(program: Program, channel: 'stdout' | 'stderr'): string | undefined {
  if (channel === 'stderr' && program.redirectStderr) return undefined;
  const { target } = program[channel];
  return target.kind === 'file' ? target.path : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
