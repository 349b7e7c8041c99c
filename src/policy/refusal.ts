import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Strategy } from '../config/settings/setting-values.ts';
import type { SignalName } from '../os/signals.ts';
import type { Action } from './actions.ts';

/** Why an action is not carried out. Nothing has been touched. */
export type Refusal =
  /** The application is loaded by the master: no signal makes it load new code. */
  | { readonly code: 'preloaded' }
  /** The master works in a release directory that is no longer the current one. */
  | {
      readonly code: 'stale-release';
      readonly directory: string;
      readonly pointsTo: string;
      readonly masterCwd: string;
      /** The server stays where it was started whatever its settings: only a new start follows a link. */
      readonly onlyByStart?: true;
    }
  /** Where the next boot begins leads nowhere: whatever is started or loaded there fails. */
  | { readonly code: 'directory-gone'; readonly path: string; readonly named: 'directory' | 'PWD' }
  /** The master runs on another virtual environment than the next start would. */
  | {
      readonly code: 'other-interpreter';
      /** undefined: that to which a link led before it moved. */
      readonly running: string | undefined;
      readonly offered: string;
    }
  /** The master holds modules of the project that have changed since: its workers fork from the old ones. */
  | { readonly code: 'held-modules'; readonly files: readonly string[] }
  /** A second master would look elsewhere for its configuration: its -c is relative, and chdir leads away. */
  | { readonly code: 'relative-config'; readonly path: string; readonly directory: string }
  /** The master's own pre_exec is not the one in the file: what USR2 would run cannot be tried aside. */
  | { readonly code: 'pre-exec-unproved' }
  /** gunicorn could not bind these addresses again while its old workers listen there. */
  | { readonly code: 'bind-moves'; readonly addresses: readonly string[] }
  /** gunicorn cannot read its own settings any more: a broken configuration file or command line. */
  | { readonly code: 'settings-broken'; readonly output: string }
  | {
      readonly code: 'no-memory';
      readonly availableBytes: number;
      readonly neededBytes: number;
    }
  /** The master does not catch the signal yet: it would die of it. */
  | { readonly code: 'master-not-ready'; readonly pid: number; readonly signal: SignalName }
  /** The master is itself the successor of another one that still lives. */
  | { readonly code: 'master-is-successor'; readonly pid: number; readonly parent: number }
  /** Not a server whose reload is known, and no reload_signal is set. */
  | { readonly code: 'type-unknown'; readonly pid: number }
  | { readonly code: 'not-running'; readonly state: string }
  /** What gunicorn's settings are cannot be found out, so nobody knows whether a signal would load new code. */
  | { readonly code: 'settings-unknown'; readonly pid: number; readonly why: string }
  /** No master was found below the supervised process. */
  | { readonly code: 'no-master'; readonly pid: number }
  /** Neither the kernel nor the supervisor lets us send what the strategy needs. */
  | {
      readonly code: 'not-permitted';
      readonly pid: number;
      readonly user: string;
      readonly strategy: Strategy;
    }
  /** The new bind address belongs to another process already. */
  | { readonly code: 'bind-taken'; readonly address: string }
  /** The strategy that was asked for is not possible here. */
  | { readonly code: 'strategy-impossible'; readonly strategy: Strategy; readonly why: string }
  /** It can only be done with a moment out of service, and that was not allowed. */
  | { readonly code: 'needs-downtime'; readonly strategy: Strategy }
  /** Servers of this type cannot do that. */
  | { readonly code: 'not-offered'; readonly action: Action; readonly title: string }
  /** It has no log file open: what it writes goes to its supervisor, or nowhere. */
  | { readonly code: 'no-log-files'; readonly pid: number }
  /** There has to be one worker at least. */
  | { readonly code: 'no-worker-left'; readonly running: number; readonly to: number }
  /** The configuration names a type that is not what runs there, or that there is not. */
  | { readonly code: 'type-mismatch'; readonly pid: number; readonly type: string }
  /** The new binary would run under another pid, which the supervisor would not watch. */
  | { readonly code: 'upgrade-escapes'; readonly title: string }
  /** There is no supervisor that could start it again. */
  | { readonly code: 'no-supervisor'; readonly action: Action };

/** What follows from a refusal. */
interface RefusalRules {
  /** 10 promises that the old version still serves. */
  readonly exit: ExitCode;
  /** `restart` stops and starts the program then. */
  readonly canRestart?: true;
}

const REFUSALS: Readonly<Record<Refusal['code'], RefusalRules>> = {
  preloaded: { exit: EXIT.refused },
  'stale-release': { exit: EXIT.refused },
  'directory-gone': { exit: EXIT.refused },
  'other-interpreter': { exit: EXIT.refused },
  'held-modules': { exit: EXIT.refused },
  'relative-config': { exit: EXIT.refused },
  'pre-exec-unproved': { exit: EXIT.refused },
  'bind-moves': { exit: EXIT.refused },
  'settings-broken': { exit: EXIT.refused },
  'no-memory': { exit: EXIT.refused, canRestart: true },
  'master-not-ready': { exit: EXIT.refused, canRestart: true },
  'master-is-successor': { exit: EXIT.refused },
  'type-unknown': { exit: EXIT.refused, canRestart: true },
  'not-running': { exit: EXIT.notRunningOnAction, canRestart: true },
  'settings-unknown': { exit: EXIT.refused, canRestart: true },
  'no-master': { exit: EXIT.refused, canRestart: true },
  'not-permitted': { exit: EXIT.failed, canRestart: true },
  'bind-taken': { exit: EXIT.refused },
  'strategy-impossible': { exit: EXIT.usage },
  'needs-downtime': { exit: EXIT.refused },
  'not-offered': { exit: EXIT.refused, canRestart: true },
  'no-log-files': { exit: EXIT.refused },
  'no-worker-left': { exit: EXIT.refused },
  'type-mismatch': { exit: EXIT.refused },
  'upgrade-escapes': { exit: EXIT.refused },
  'no-supervisor': { exit: EXIT.failed },
};

/** The exit code of an action that is not carried out. */
export const exitOfRefusal = ({ code }: Refusal): ExitCode => REFUSALS[code].exit;

/** Whether `restart` does without the reload that was refused. */
export const canRestartInstead = ({ code }: Refusal): boolean => REFUSALS[code].canRestart === true;
