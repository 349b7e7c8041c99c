import { closeSync } from 'node:fs';
import type { Program } from '../../config/program.ts';
import type { Result } from '../../base/result.ts';
import type { ChildOutput, ChildOutputOptions } from '../logs/child-output.ts';
import { openChildOutput } from '../logs/open-child-output.ts';
import { StdinPipe } from './stdin-pipe.ts';

/** What stdin, stdout and stderr of a program need to know. */
export interface PipesOptions extends Omit<
  ChildOutputOptions,
  'program' | 'channel' | 'fifo' | 'inheritedLog'
> {
  /** Existing named pipes. */
  readonly fifos: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** The AUTO logs of a process that is taken over. */
  readonly inheritedLogs: {
    readonly stdout: string | undefined;
    readonly stderr: string | undefined;
  };
}

/** Descriptors for one child. */
export interface LentFds {
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  /**
   * The other ends of those that are pipes: with them in its hands the child gets on while there is
   * no daemon.
   */
  readonly kept: readonly number[];
}

/** stdin, stdout and stderr of a program, wherever they lead. */
export type Pipes = Pick<ProcessPipes, keyof ProcessPipes>;

/** stdin, stdout and stderr of a program that go through us, for as long as its group is active. */
export class ProcessPipes {
  readonly #stdin: StdinPipe;
  readonly #stdout: ChildOutput;
  /** Undefined with redirect_stderr. */
  readonly #stderr: ChildOutput | undefined;

  /** Rejects with the system error when a log cannot be opened. */
  static async open(program: Program, options: PipesOptions): Promise<ProcessPipes> {
    const { fifos, inheritedLogs, ...common } = options;
    const open = (channel: 'stdout' | 'stderr'): Promise<ChildOutput> =>
      openChildOutput({
        ...common,
        program,
        channel,
        fifo: fifos[channel],
        inheritedLog: inheritedLogs[channel],
      });
    const stdout = await open('stdout');
    const stdin = new StdinPipe(fifos.stdin);
    if (program.redirectStderr) return new ProcessPipes(stdin, stdout, undefined);
    try {
      return new ProcessPipes(stdin, stdout, await open('stderr'));
    } catch (error) {
      await stdout.close({ removeFifo: false });
      throw error;
    }
  }

  private constructor(stdin: StdinPipe, stdout: ChildOutput, stderr: ChildOutput | undefined) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** From now on `listener` gets what the program writes to its stdout, beside the log. */
  listen(listener: (chunk: Buffer) => void): void {
    this.#stdout.onData = listener;
  }

  get logs(): { readonly stdout: string | undefined; readonly stderr: string | undefined } {
    return { stdout: this.#stdout.path, stderr: this.#stderr?.path };
  }

  /** Lends the descriptors for one child to `spawn`; what an earlier one has not read is thrown away, unless it still may (`isSecond`). */
  async lend<T>(
    spawn: (fds: LentFds) => Promise<T>,
    { isSecond }: { readonly isSecond: boolean },
  ): Promise<T> {
    const { readFd: stdin, writeFd } = this.#stdin.openForChild({ isSecond });
    const kept = [writeFd];
    try {
      for (const output of this.#outputs) kept.push(await output.openReader());
      const { writeFd: stdout } = this.#stdout;
      const stderr = this.#stderr?.writeFd ?? stdout;
      return await spawn({ stdio: [stdin, stdout, stderr], kept });
    } finally {
      // While the child's end is open here as well: without any reader ours could not be opened.
      if (!isSecond) this.#stdin.openForWriting();
      for (const fd of [stdin, ...kept]) closeSync(fd);
    }
  }

  /** From now on process `pid` is at the other end. */
  attach(pid: number): void {
    this.#stdout.attach(pid);
    this.#stderr?.attach(pid);
  }

  /** A process that somebody else has started, or that has been beside another one, is at the other end. */
  takeOver(pid: number): void {
    this.attach(pid);
    this.#stdin.openForWriting();
  }

  write(data: Buffer): Result<true, 'closed' | 'full'> {
    return this.#stdin.write(data);
  }

  /** A process has ended: resolves when all that it has written is in the logs. `isLast`: nobody else uses them. */
  async flush({ isLast }: { readonly isLast: boolean }): Promise<void> {
    if (isLast) this.#stdin.close();
    await this.#each((output) => output.flush());
  }

  async reopen(): Promise<void> {
    await this.#each((output) => output.reopen());
  }

  /** When the logs are rotated from now on. */
  limit({ stdout, stderr }: Pick<Program, 'stdout' | 'stderr'>): void {
    this.#stdout.limit(stdout);
    this.#stderr?.limit(stderr);
  }

  /** Rejects with the system error. */
  async clear(): Promise<void> {
    await this.#each((output) => output.clear());
  }

  /** Reads no more of its output until the result is called. Resolves when what was read is in the logs. */
  async hold(): Promise<() => void> {
    const releases = await this.#each((output) => output.hold());
    return () => {
      for (const release of releases) release();
    };
  }

  /** Lets go of everything, which another daemon goes on with, while it is held. */
  abandon(): void {
    this.#stdin.close();
    this.#stdout.abandon();
    this.#stderr?.abandon();
  }

  async close(): Promise<void> {
    this.#stdin.close();
    await this.#each((output) => output.close({ removeFifo: true }));
  }

  async #each<T>(work: (output: ChildOutput) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(this.#outputs.map(work));
  }

  get #outputs(): readonly [ChildOutput, ...ChildOutput[]] {
    return this.#stderr === undefined ? [this.#stdout] : [this.#stdout, this.#stderr];
  }
}
