import type { Program } from '../../config/program.ts';
import type { EventBus } from '../events/daemon-event.ts';

/** What {@link ChildOutput} needs to know. */
export interface ChildOutputOptions {
  readonly program: Program;
  readonly channel: 'stdout' | 'stderr';
  /** Where AUTO logs are made. */
  readonly childLogDir: string;
  /** The supervisor's identifier, part of the names of AUTO logs. */
  readonly identifier: string;
  readonly stripAnsi: boolean;
  readonly events: EventBus;
  /** The path of an existing FIFO (see spawn/make-fifos.ts); it outlives the daemon. */
  readonly fifo: string;
  /**
   * The AUTO log of the daemon before, when its process is taken over; else a new one is made.
   */
  readonly inheritedLog?: string | undefined;
  /** Trouble with the log, for the main log; the child is not to be disturbed by it. */
  readonly onTrouble: (text: string) => void;
}

/** Where one output channel of a program goes, for as long as its group is active; processes come and go. */
export interface ChildOutput {
  /** What the child gets as fd 1 or 2: the FIFO opened O_RDWR, so that nobody gets EPIPE when the daemon dies. */
  readonly writeFd: number;
  /** The log file. */
  readonly path: string | undefined;
  /** From now on events carry this pid. */
  attach(pid: number): void;
  /** Called with everything that was read, before it is written. */
  onData?: ((chunk: Buffer) => void) | undefined;
  /** Everything that the child has written so far is in the log when this resolves. */
  flush(): Promise<void>;
  reopen(): Promise<void>;
  clear(): Promise<void>;
  /** Ends reading; what the pipe still holds is written first. With `removeFifo` nobody can take the channel over any more. */
  close(options: { readonly removeFifo: boolean }): Promise<void>;
}

/** Opens the output of one channel. */
export type OpenChildOutput = (options: ChildOutputOptions) => Promise<ChildOutput>;
