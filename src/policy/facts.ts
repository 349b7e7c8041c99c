import type { Result } from '../base/result.ts';
import type { HookMoment, Strategy, Surge } from '../config/settings/setting-values.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { ProcessState } from '../rpc/supervisor.ts';
import type { GunicornCommandLine } from '../servers/gunicorn/command-line.ts';
import type { GunicornSettings, SettingsFailure } from '../servers/gunicorn/settings.ts';
import type { LiveServer } from '../servers/live-process.ts';
import type { ResolvedType } from '../servers/resolve-type.ts';
import type { CheckCommand } from '../servers/server-type.ts';
import type { PlanTarget } from './plan.ts';

/** What a person or the configuration asked for; undefined means: choose. Command line over [reloadctl:NAME] over [reloadctl]. */
export interface ReloadOptions {
  readonly strategy: Strategy;
  readonly surge: Surge | undefined;
  /** The configuration says `surge`, nobody asked for it now: where it cannot be, it is passed over. */
  readonly isSurgeConfigured?: boolean;
  readonly healthUrls: readonly string[];
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

/** A worker as it was when the facts were gathered. */
interface WorkerFact extends ProcId {
  readonly ready: boolean | undefined;
}

/** The directory that the master loads code from, against the one that it should. */
export interface ReleaseFacts {
  /** The configured directory, as written; undefined where none is. */
  readonly directory: string | undefined;
  /** {@link directory} with every link resolved, now. */
  readonly directoryNow: string | undefined;
  /** The master's working directory (links resolved by the kernel; ' (deleted)' where it is gone). */
  readonly masterCwd: string | undefined;
  /** PWD in the master's environment, resolved now: gunicorn goes back there at each load. */
  readonly pwdNow: string | undefined;
  /** gunicorn's chdir setting, resolved now. */
  readonly chdirNow: string | undefined;
}

/** Memory in bytes; undefined where it cannot be known. */
export interface MemoryFacts {
  readonly available: number | undefined;
  /** All workers together. */
  readonly workers: number | undefined;
  readonly master: number | undefined;
}

/** How new code can be booted aside. */
export interface PreflightFacts {
  readonly command: GunicornCommandLine;
  readonly cwd: string | undefined;
  /** The user it has to run as; undefined is ourselves. */
  readonly user: string | undefined;
  readonly environment: 'live-process' | 'configuration';
}

/** What is known of every server that runs. */
interface RunningServer {
  readonly type: 'running';
  readonly server: ResolvedType;
  readonly live: LiveServer;
  readonly master: ProcId;
  /** We may signal the master, and its workers, ourselves. */
  readonly maySignal: boolean;
  readonly workers: readonly WorkerFact[];
}

/** Everything known of a running gunicorn: what the choice among our strategies depends on. */
export interface GunicornFacts extends RunningServer {
  readonly reloads: 'by-strategy';
  /** The master's handlers are installed. */
  readonly signalsReady: boolean;
  /** The master that this one succeeds and that still lives: it is itself a bridge. */
  readonly successorOf: number | undefined;
  readonly bridge: ProcId | undefined;
  /** The bridge has a worker that is ready, or whose readiness cannot be seen. */
  readonly bridgeServes: boolean;
  readonly seesReadiness: boolean;
  /** undefined: gunicorn could not be asked; the reason stands in `settingsUnknown`. */
  readonly settings: Result<GunicornSettings, SettingsFailure> | undefined;
  readonly settingsUnknown: string | undefined;
  readonly preflight: PreflightFacts | undefined;
  /** The configuration file was written after the master last loaded it. */
  readonly configChanged: boolean;
  /** Whether the master preloads the application, where a reload of ours saw it load its settings; undefined: not known. */
  readonly preloadedBefore: boolean | undefined;
  /** The configured number of workers when the master was started, or at its last reload by us; undefined: not known. */
  readonly workersConfiguredBefore: number | undefined;
  readonly release: ReleaseFacts;
  readonly memory: MemoryFacts;
  /** Addresses that the new settings bind and that some other process listens on. */
  readonly bindTaken: readonly string[];
  /** Addresses that the master listens on now. */
  readonly boundNow: readonly string[];
}

/** A server's own check, and how it is run. */
export interface CheckFacts extends CheckCommand {
  readonly cwd: string | undefined;
  /** The user it has to run as; undefined is ourselves. */
  readonly user: string | undefined;
  readonly environment: 'live-process' | 'configuration';
}

/** Everything known of a running server that is reloaded by its own means. */
export interface KnownServerFacts extends RunningServer {
  readonly reloads: 'by-itself';
  /** undefined: it cannot be checked aside. */
  readonly check: CheckFacts | undefined;
}

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
}

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
  /** The log files that the server has open; 'unseen' where that may not be looked at. Only gathered to reopen them. */
  readonly openLogs?: readonly string[] | 'unseen';
}
