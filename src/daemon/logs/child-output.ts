import type { LogSettings, Program } from '../../config/program.ts';
import type { Syslog } from '../../os/syslog.ts';
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
  /** Where the lines of a channel with syslog go; one for the whole daemon. */
  readonly syslog?: Syslog | undefined;
  /** Told everything that is logged, for the main log: to be given when its level is debug or quieter. */
  readonly onDebug?: ((text: string) => void) | undefined;
}

/**
 * Where one output channel of a program goes, for as long as its group is active; processes come and go. No more is read than was written:
 * what a program writes faster than the disk takes it waits in its pipe, and then the program waits. When the daemon is
 * killed, at most the one piece (64 KiB) is lost that was read and not yet written.
 */
export interface ChildOutput {
  /** What the child gets as fd 1 or 2: the FIFO opened for writing. */
  readonly writeFd: number;
  /**
   * Opens what the child gets beside it, and the caller closes: a reader, so that nobody gets EPIPE
   * when the daemon dies.
   */
  openReader(): Promise<number>;
  /** The log file. */
  readonly path: string | undefined;
  /** From now on events carry this pid. */
  attach(pid: number): void;
  /** Called with everything that was read, before it is written. */
  onData?: ((chunk: Buffer) => void) | undefined;
  /**
   * To be called when the process has ended: everything that it has written is in the log and in events when this resolves, and a message
   * that it did not end (capture) is dropped.
   */
  flush(): Promise<void>;
  /** Reads no more until the result is called. Resolves when what was read is in the log. */
  hold(): Promise<() => void>;
  /** Lets go of the channel, which another daemon goes on with, while it is held. */
  abandon(): void;
  reopen(): Promise<void>;
  /** When the log is rotated from now on. */
  limit(limits: Pick<LogSettings, 'maxBytes' | 'backups'>): void;
  /** Removes the log and begins a new one. Rejects with the system error. */
  clear(): Promise<void>;
  /** Ends reading; what the pipe still holds is written first. With `removeFifo` nobody can take the channel over any more. */
  close(options: { readonly removeFifo: boolean }): Promise<void>;
}
