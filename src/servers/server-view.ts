import type { Proc } from '../os/proc.ts';

/** A worker of a server. */
export interface WorkerView {
  readonly proc: Proc;
  /** It serves; undefined where that may not be seen. */
  readonly ready: boolean | undefined;
}

/** A master and its workers. */
export interface MasterView {
  readonly proc: Proc;
  /** Oldest first. */
  readonly workers: readonly WorkerView[];
}

/** A server at one moment, of whatever type: its master with what runs below it. */
export interface ServerView extends MasterView {
  /** A second master that the first one has started, as USR2 does. */
  readonly bridge: MasterView | undefined;
  /** False where what readiness shows in is closed to us: who is ready is then unknown. */
  readonly seesReadiness: boolean;
  /** Workers that take nothing new, and finish what they have. */
  readonly retiring: readonly Proc[];
  /** Of a job runner that has to finish: at how many jobs it still is at most; undefined: unseen. */
  readonly jobs: number | undefined;
  /** One process does everything. */
  readonly isSingle: boolean;
  /** Of a single process: whether it waits for connections; undefined where nobody can see that. */
  readonly serves: boolean | undefined;
}

/** What the processes below a master are. */
export interface Family extends Pick<ServerView, 'workers' | 'retiring' | 'seesReadiness'> {
  /** A second master. */
  readonly second: Proc | undefined;
}

/** Tells the processes below masters apart; remembers what cannot change about them any more. */
export interface FamilyReader {
  read(master: Proc, all: readonly Proc[]): Promise<Family>;
}
