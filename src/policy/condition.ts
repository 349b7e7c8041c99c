import type { HealthTerms } from './health.ts';

/** Something that can be seen to be true or not at one moment. */
export type Condition =
  /** The bridge exists as a child of the master. */
  | { readonly is: 'bridge-appeared' }
  /** The bridge has this many ready workers. */
  | { readonly is: 'bridge-ready'; readonly workers: number }
  /** The same ready workers of the bridge for so long. */
  | {
      readonly is: 'bridge-steady';
      readonly workers: number;
      readonly ms: number;
      /** gunicorn's max_requests replaces workers on purpose: an ended worker is then no sign of bad code. */
      readonly recycles: boolean;
    }
  | { readonly is: 'bridge-gone' }
  /** The master has at least one worker that is not old. */
  | { readonly is: 'new-worker-appeared' }
  /** The master has at least this many ready workers that are not old. */
  | { readonly is: 'new-workers-ready'; readonly count: number }
  /** The master's workers are not those that there were: a new one has come, or an old one has gone or takes nothing new. */
  | { readonly is: 'reload-begun' }
  /** The master has workers, and all of them are ready. */
  | { readonly is: 'workers-complete' }
  /** Old workers that took nothing new any more are gone as well. */
  | { readonly is: 'retired-gone' }
  /** No worker has a connection that its master has not. */
  | { readonly is: 'workers-idle' }
  /** The master has ended. */
  | { readonly is: 'master-ended' }
  /** The server was told, and said nothing against it. */
  | { readonly is: 'told' }
  /**
   * Of the log files that were open before the step, each one that somebody has let go is open in no process of the server that writes to
   * it: in none at all, or not in the master.
   */
  | { readonly is: 'logs-reopened'; readonly by: 'all' | 'master' }
  /** The second master has the place of the first one. */
  | { readonly is: 'took-over' }
  /** At most this many old workers are alive. */
  | { readonly is: 'old-workers-left'; readonly atMost: number }
  /** The master's new workers have read the code from disk themselves, as those of the bridge did. */
  | { readonly is: 'code-read-anew' }
  /** The master has at least this many ready workers, whatever their age. */
  | { readonly is: 'workers-ready'; readonly count: number }
  /** The master has exactly this many workers, all of them ready and the same ones for so long, and the supervisor is content. */
  | {
      readonly is: 'workers-steady';
      readonly count: number;
      readonly ms: number;
      /** As for the bridge. */
      readonly recycles: boolean;
    }
  /** The master has no workers left, or is gone itself. */
  | { readonly is: 'drained' }
  /** The master has at least this many workers, ready or not. */
  | { readonly is: 'workers-at-least'; readonly count: number }
  /** Same master; exactly these workers, all new and ready and unchanged for so long; no bridge; supervisor content. */
  | {
      readonly is: 'settled';
      readonly workers: number | undefined;
      readonly ms: number;
      /** As for the bridge: with max_requests a worker may be on its way at any moment. */
      readonly recycles: boolean;
    }
  /** Every address answers as it should. */
  | ({ readonly is: 'healthy'; readonly urls: readonly string[] } & HealthTerms)
  /**
   * The supervisor says that the program runs, and its server has this many ready workers; undefined: every worker that
   * there is, where it turns out to be a server with workers.
   */
  | { readonly is: 'serving'; readonly workers: number | undefined }
  /** The supervisor says that the program does not run. */
  | { readonly is: 'stopped' }
  /** No process of the program is alive. */
  | { readonly is: 'nothing-left' }
  /** The supervisor has started the successor. */
  | { readonly is: 'successor-appeared' }
  /**
   * The successor has this many ready workers; undefined: every worker that there is, where it turns out to be a server with workers, and else
   * it has lived for `ms`.
   */
  | { readonly is: 'successor-ready'; readonly workers: number | undefined; readonly ms: number }
  /** It is ready, and its workers have been the same for so long. */
  | {
      readonly is: 'successor-steady';
      readonly workers: number | undefined;
      readonly ms: number;
      /** As for the bridge. */
      readonly recycles: boolean;
    }
  | { readonly is: 'successor-gone' }
  /** The successor is what the supervisor runs. */
  | { readonly is: 'promoted' }
  /** Nothing is left of what the supervisor ran before. */
  | { readonly is: 'old-instance-gone' }
  /** The supervisor keeps the listening sockets open, whatever becomes of the program. */
  | { readonly is: 'sockets-held' };
