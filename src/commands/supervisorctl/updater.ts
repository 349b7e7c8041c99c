import type { ExitCode } from '../../base/errors.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import type { Survey } from '../../reload/update/survey.ts';
import type { ProcessInfo, RpcResult } from '../../rpc/supervisor.ts';

/** What `reread` and `update` work with beside the supervisor; tests pass a fake. */
export interface Updater {
  /** Has the supervisor read its configuration and finds out what differs. */
  survey(): Promise<RpcResult<Survey>>;
  /** What changes in a group and what will be done about it, as lines for stdout. */
  lines(update: GroupUpdate): readonly string[];
  /** The same on stderr, below `title` where there is one; nothing with --quiet or --json. */
  tell(update: GroupUpdate, title?: string): void;
  /** A sentence on stderr; also with --quiet. */
  say(text: string): void;
  /**
   * Boots aside what the configuration says now of a group's gunicorns that run, before they are stopped. Exit 10: one does not boot. Of anything
   * else it cannot be said.
   */
  prove(group: string): Promise<ExitCode>;
  /** Gives a process that runs what the configuration says now, by the gentlest way that does: overlap, else stop and start. */
  renew(group: string, name: string): Promise<ExitCode>;
  /** Waits until nothing of the groups is starting or booting any more, and returns their processes. */
  settle(groups: ReadonlySet<string>): Promise<readonly Settled[]>;
  /** Somebody wants it to end: nothing more is to be begun. */
  readonly isInterrupted: boolean;
  /** Nothing is to be waited for any longer either. */
  readonly atOnce: AbortSignal;
}

/** A process of an updated group when the waiting is over. */
export interface Settled extends ProcessInfo {
  /** A gunicorn that runs, without all its workers being ready. */
  readonly isBooting: boolean;
}
