import type { Result } from '../../base/result.ts';
import type { ProcId } from '../../os/proc.ts';
import type { RunningServer } from '../running-server.ts';
import type { GunicornCommandLine } from './command-line.ts';
import type { GunicornSettings, SettingsFailure } from './settings.ts';

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
  /** The next start would use another virtual environment than the master. */
  readonly interpreter?: InterpreterFacts | undefined;
  /** Where the next boot begins, when that leads nowhere, and what names it. */
  readonly gone?: { readonly path: string; readonly named: 'directory' | 'PWD' } | undefined;
}

/** Two virtual environments, each as the directory where it really is. */
export interface InterpreterFacts {
  /** That of the master; undefined: another one than is offered, by a link that has moved. */
  readonly running: string | undefined;
  /** That of the next start. */
  readonly offered: string;
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
  /**
   * A relative -c beside a chdir: USR2 would look for it in `directory`, where the master has gone
   * since (gunicorn/arbiter.py, setup and reexec); HUP looks where the master was started.
   */
  readonly relativeConfig?: { readonly path: string; readonly directory: string } | undefined;
  /** The master's own pre_exec may be another one than that of the file now. */
  readonly preExecUnproved?: boolean;
  /** Whether the master preloads the application, where a reload of ours saw it load its settings; undefined: not known. */
  readonly preloadedBefore: boolean | undefined;
  /** The configured number of workers when the master was started, or at its last reload by us; undefined: not known. */
  readonly workersConfiguredBefore: number | undefined;
  readonly release: ReleaseFacts;
  readonly memory: MemoryFacts;
  /** Addresses that the new settings bind and that some other process listens on. */
  readonly bindTaken: readonly string[];
  /** Addresses of the new settings that the master could not bind again while its old workers listen there. */
  readonly bindMoves?: readonly string[];
  /** Addresses that the master listens on now. */
  readonly boundNow: readonly string[];
}
