import { reasonOf } from '../../base/reason-of.ts';
import type { Program } from '../../config/program.ts';
import { settleWithin } from '../../os/clock.ts';
import type { Logger } from '../logs/logger.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import type { Pipes } from '../process/process-pipes.ts';
import { hasSameOutput } from './start-options.ts';

/** The log files of a program; undefined for a channel without one. */
export interface OpenedLogs {
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

/** What the pipes need of the daemon. */
export interface PipesWorld {
  readonly logger: Logger;
  /** Makes an AUTO log and returns its path. Rejects with the system error. */
  readonly makeAutoLog: (program: Program, channel: 'stdout' | 'stderr') => Promise<string>;
  /** Rejects when a log or a pipe cannot be opened. `autoLogs` are those that are there already. */
  readonly openPipes: (program: Program, autoLogs: OpenedLogs) => Promise<Pipes>;
}

const NO_LOGS: OpenedLogs = { stdout: undefined, stderr: undefined };

/** The log must not keep a crashed program from coming back. */
const FLUSH_MS = 500;

/** stdin, stdout and stderr of a program of an active group, which stay open between two runs of it and are shared by its instances. */
export class MemberPipes {
  readonly #world: PipesWorld;
  readonly #onStdout: ((chunk: Buffer) => void) | undefined;
  #program: Program;
  #naming: Promise<OpenedLogs> | undefined;
  #autoLogs: OpenedLogs = NO_LOGS;
  #opening: Promise<Pipes> | undefined;
  #opened: { readonly pipes: Pipes; readonly program: Program } | undefined;

  constructor(program: Program, world: PipesWorld, onStdout?: (chunk: Buffer) => void) {
    this.#program = program;
    this.#world = world;
    this.#onStdout = onStdout;
  }

  /** Once they were open, also when they are closed by now. */
  get current(): Pipes | undefined {
    return this.#opened?.pipes;
  }

  /** The log files, as they are called now. */
  get logs(): OpenedLogs {
    return (
      this.current?.logs ?? {
        stdout: configuredLog(this.#program, 'stdout') ?? this.#autoLogs.stdout,
        stderr: configuredLog(this.#program, 'stderr') ?? this.#autoLogs.stderr,
      }
    );
  }

  /** Takes what a new configuration says: when logs are rotated at once, everything else when they are opened next. */
  configure(program: Program): void {
    this.#program = program;
    this.current?.limit(program);
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

  /** Opens them; they stay open until {@link close}. Rejects with the system error. */
  open(): Promise<Pipes> {
    const program = this.#program;
    this.#opening ??= this.#openFor(program).then(
      (pipes) => {
        if (this.#onStdout !== undefined) pipes.listen(this.#onStdout);
        this.#opened = { pipes, program };
        return pipes;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /**
   * Opens them for an instance of `program`, anew where its output goes another way than before; a second instance (`isSecond`) has to share those of
   * the first. Also returns as which program it can be said to have been started. Rejects with the system error.
   */
  async openFor(
    program: Program,
    { isSecond }: { readonly isSecond: boolean },
  ): Promise<{ readonly pipes: Pipes; readonly startedAs: Program }> {
    const before = this.#opened?.program;
    if (before === undefined || hasSameOutput(before, program)) {
      return { pipes: await this.open(), startedAs: program };
    }
    if (!isSecond) {
      await this.close();
      return { pipes: await this.open(), startedAs: program };
    }
    const { stdout, stderr, redirectStderr } = before;
    return { pipes: await this.open(), startedAs: { ...program, stdout, stderr, redirectStderr } };
  }

  /** A process has ended: resolves when all that it has written is in the logs, or soon. `isLast`: nobody else uses them. */
  async flush(isLast: boolean): Promise<void> {
    const flushed = this.current?.flush({ isLast }) ?? Promise.resolve();
    await settleWithin(flushed, FLUSH_MS, undefined).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#world.logger.log('error', `${nameSpecOf(this.#program)}: ${reason}`);
    });
  }

  /** Reads no more until the result is called. Resolves when what was read is in the logs. */
  async hold(): Promise<() => void> {
    const pipes = await this.#opening?.catch(() => undefined); // Not open: nothing is read.
    return (await pipes?.hold()) ?? (() => undefined);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    const pipes = await opening?.catch(() => undefined); // Never opened: nothing to close.
    await pipes?.close();
    if (this.#opening === opening) this.#opening = undefined;
  }

  async #openFor(program: Program): Promise<Pipes> {
    return this.#world.openPipes(program, (await this.#naming) ?? NO_LOGS);
  }

  async #makeAutoLogs(inherited: OpenedLogs): Promise<OpenedLogs> {
    const program = this.#program;
    const make = async (channel: 'stdout' | 'stderr'): Promise<string | undefined> => {
      const isMerged = channel === 'stderr' && program.redirectStderr;
      if (isMerged || program[channel].target.kind !== 'auto') return undefined;
      return inherited[channel] ?? (await this.#world.makeAutoLog(program, channel));
    };
    try {
      return { stdout: await make('stdout'), stderr: await make('stderr') };
    } catch {
      return NO_LOGS; // The first start tries again, and tells.
    }
  }
}

function configuredLog(program: Program, channel: 'stdout' | 'stderr'): string | undefined {
  if (channel === 'stderr' && program.redirectStderr) return undefined;
  const { target } = program[channel];
  return target.kind === 'file' ? target.path : undefined;
}
