import type { HookMoment, Strategy, Surge } from '../config/settings/setting-values.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { ProcessState } from '../rpc/supervisor.ts';
import type { GunicornFacts } from '../servers/gunicorn/gunicorn-facts.ts';
import type { KnownServerFacts } from '../servers/running-server.ts';
import type { HealthOptions } from './health.ts';
import type { PlanTarget } from './plan.ts';

export type { GunicornFacts, KnownServerFacts };

/** What a person or the configuration asked for; undefined means: choose. Command line over [reloadctl:NAME] over [reloadctl]. */
export interface ReloadOptions extends HealthOptions {
  readonly strategy: Strategy;
  readonly surge: Surge | undefined;
  /** The configuration says `surge`, nobody asked for it now: where it cannot be, it is passed over. */
  readonly isSurgeConfigured?: boolean;
  readonly healthUrls: readonly string[];
  /** What runs is what has failed: its health says nothing of the setting. */
  readonly isWayBack?: boolean | undefined;
  readonly settleMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly allowDowntime: boolean;
  readonly reloadSignal: SignalName | undefined;
  /** With 'scale': how many workers more (fewer, when negative), or how many. */
  readonly scale?: ScaleChange;
  /** Commands of the `hooks` setting, split into words. */
  readonly hooks: Readonly<Partial<Record<HookMoment, readonly string[]>>>;
}

/** A change of the number of workers. */
export type ScaleChange =
  | { readonly kind: 'by'; readonly workers: number }
  | { readonly kind: 'to'; readonly workers: number };

/** Everything known of a running server of any type. */
export type RunningFacts = GunicornFacts | KnownServerFacts;

/** What stands at the target. */
export type ServerFacts =
  | RunningFacts
  /** Its signal handlers are not there yet. */
  | { readonly type: 'booting'; readonly proc: ProcId }
  /** A server of another kind, with the signals that it catches. */
  | {
      readonly type: 'other';
      readonly proc: ProcId;
      readonly caught: ReadonlySet<SignalName> | undefined;
      readonly maySignal: boolean;
      /** `type = NAME` was said, but no such server was found. */
      readonly expected?: { readonly type: string; readonly reloads: RunningFacts['reloads'] };
    }
  | { readonly type: 'none' };

/** The server where it is one that our strategies reload. */
export function gunicornOf({ server }: Pick<ReloadFacts, 'server'>): GunicornFacts | undefined {
  return server.type === 'running' && server.reloads === 'by-strategy' ? server : undefined;
}

/** The server where it is one that is reloaded by its own means. */
export function knownOf({ server }: Pick<ReloadFacts, 'server'>): KnownServerFacts | undefined {
  return server.type === 'running' && server.reloads === 'by-itself' ? server : undefined;
}

/** What a supervisor that can run two instances of a program at once says of it. */
export interface OverlapFacts {
  /** The addresses that it listens on for the program; none where it does not own them. */
  readonly sockets: readonly string[];
  /** Why it owns none; '' where it does. */
  readonly reason: string;
  /** A second instance that an earlier run has left. */
  readonly successor: number | undefined;
  /** Seconds that the instance which runs gives its requests; undefined: not known. */
  readonly gracefulTimeout: number | undefined;
}

/** How a supervisor starts and stops the program. */
export interface SupervisionFacts {
  /** undefined: it cannot run two instances of one program. */
  readonly overlap: OverlapFacts | undefined;
  readonly state: ProcessState;
  readonly proc: ProcId | undefined;
  readonly startsecs: number;
  readonly startretries: number;
  readonly stopwaitsecs: number;
  /** undefined: not known. */
  readonly stopsignal?: SignalName | undefined;
  readonly autorestart: boolean | 'unexpected';
  /** Its stop signal reaches every process of the program. */
  readonly stopasgroup: boolean;
}

/** What the command of a program that does not run starts. */
export type StartFacts =
  /** Its own timeout limits a boot; seconds. */
  | { readonly by: 'its-timeout'; readonly timeout: number }
  /** Nothing in it says how long a boot may take. */
  | { readonly by: 'guess' };

/** A plan that an earlier run did not bring to its end. */
interface UnfinishedFacts {
  readonly strategy: Exclude<Strategy, 'auto'>;
  readonly workersAfter: number;
}

/** What policy decides on. Gathered once, under the lock. */
export interface ReloadFacts {
  readonly target: PlanTarget;
  readonly server: ServerFacts;
  /** undefined: a bare process. */
  readonly supervision: SupervisionFacts | undefined;
  readonly unfinished: UnfinishedFacts | undefined;
  /** The name of the user that we are. */
  readonly user: string;
  /** The program that watches a bare process and would take its end for an exit: 'supervisord'; undefined: none that is known. */
  readonly watchedBy?: string;
  /** Only gathered for a start of what does not run; undefined: not known. */
  readonly starts?: StartFacts | undefined;
  /** The log files that the server has open; 'unseen' where that may not be looked at. Only gathered to reopen them. */
  readonly openLogs?: readonly string[] | 'unseen';
}
