import type { ExitCode } from '../base/errors.ts';
import type { LockHolder } from '../os/os.ts';
import type { SignalName } from '../os/signals.ts';
import type { Plan, Role, Step } from '../policy/plan.ts';
import type { Refusal } from '../policy/refusal.ts';
import type { FaultName } from '../rpc/supervisor.ts';

/** How many workers of one kind there are and how many of them are ready; `ready` is undefined where it cannot be seen. */
export interface WorkerCount {
  readonly total: number;
  readonly ready: number | undefined;
}

/** What serves at one moment. */
export interface ServingNow {
  readonly masterPid: number | undefined;
  readonly old: WorkerCount;
  readonly new: WorkerCount;
  readonly bridge: (WorkerCount & { readonly pid: number }) | undefined;
  /** The second instance of an overlap, until it takes the place of the first. */
  readonly successor: (WorkerCount & { readonly pid: number }) | undefined;
  /** Of a job runner that was told to finish: how many jobs it is still at, at most. Missing where there is none, or where that cannot be seen. */
  readonly jobs?: number;
}

/** An address that does not answer as it should. */
export interface Unhealthy {
  readonly url: string;
  readonly observed: string;
}

/** Why a step failed. */
export type StepFailure =
  | { readonly why: 'limit'; readonly limitMs: number }
  /** The process named died; `output` is what it last said. */
  | { readonly why: 'died'; readonly role: Role; readonly pid: number }
  | { readonly why: 'denied'; readonly role: Role; readonly pid: number }
  /** The process does not catch the signal and would die of it. */
  | {
      readonly why: 'unsafe';
      readonly role: Role;
      readonly pid: number;
      readonly signal: SignalName;
    }
  /** Workers of the new version end soon after they were ready. */
  | { readonly why: 'unsteady'; readonly role: Role; readonly ended: number }
  /** `fault` is what supervisorctl would have been told by a start that waits. */
  | { readonly why: 'supervisor'; readonly message: string; readonly fault?: FaultName | undefined }
  | { readonly why: 'unhealthy'; readonly url: string; readonly observed: string }
  /** Not even the running version passes, and it is not the one to blame. */
  | { readonly why: 'health-url-wrong'; readonly url: string; readonly observed: string }
  /** The running version itself is not healthy. */
  | { readonly why: 'sick'; readonly url: string; readonly observed: string }
  | { readonly why: 'preflight'; readonly timedOut: boolean; readonly detail: string }
  /** The new workers run what the master had loaded before: preload_app was on when it started. */
  | { readonly why: 'old-code'; readonly pid: number }
  | { readonly why: 'hook'; readonly detail: string }
  /** A command or control channel of the server did not take what it was told. */
  | { readonly why: 'told'; readonly shown: string; readonly detail: string }
  /** The server has shown no effect of a reload: it goes on as before. */
  | { readonly why: 'ignored'; readonly title: string; readonly limitMs: number }
  | { readonly why: 'interrupted' };

/** How an action ended. 'done-with-kill': something was KILLed, or the master died on the way and requests were refused. */
export type Outcome =
  'done' | 'done-with-kill' | 'refused' | 'down' | 'degraded' | 'failed' | 'busy' | 'interrupted';

/** What happened. Renderers, `--json`, the history and the tests read these and nothing else. */
export type EventBody =
  | { readonly event: 'plan'; readonly plan: Plan }
  /** With `waitedMs` it was waited for so long, and it is at work still. */
  | ({ readonly event: 'lock-wait'; readonly waitedMs?: number } & LockHolder)
  /** An ordinary user is at work on the same program, which keeps nobody out. */
  | ({ readonly event: 'beside' } & LockHolder)
  | {
      readonly event: 'step-started';
      readonly step: Step;
      /** Counts from 1. */
      readonly index: number;
      readonly of: number;
      readonly undoing: boolean;
    }
  | {
      readonly event: 'step-done';
      readonly step: Step;
      readonly elapsedMs: number;
      readonly undoing: boolean;
    }
  | {
      readonly event: 'step-failed';
      readonly step: Step;
      readonly elapsedMs: number;
      readonly failure: StepFailure;
      readonly undoing: boolean;
    }
  | {
      readonly event: 'signal';
      readonly signal: SignalName;
      readonly pid: number;
      readonly role: Role;
      readonly via: 'direct' | 'supervisor';
      readonly outcome: 'sent' | 'gone' | 'denied' | 'unsafe';
    }
  /** A command or a message into a control channel; `outcome` is 'taken' or what went wrong. */
  | { readonly event: 'told'; readonly shown: string; readonly outcome: string }
  /** Emitted when any number changes. */
  | { readonly event: 'workers'; readonly now: ServingNow; readonly expected: number | undefined }
  | {
      readonly event: 'killed';
      readonly pid: number;
      readonly role: Role;
      /** By whom: reloadctl itself, the supervisor, or gunicorn at the end of its own graceful_timeout. */
      readonly by: 'reloadctl' | 'supervisor' | 'gunicorn';
      /** How long it had been asked to go. */
      readonly afterMs: number;
    }
  /** What the new version or a check said; bounded, not yet escaped. */
  | {
      readonly event: 'output';
      readonly source: 'preflight' | 'program-log' | 'hook';
      readonly text: string;
    }
  | {
      readonly event: 'tidied';
      readonly what: 'bridge' | 'pidfile' | 'workers' | 'file';
      readonly detail: string;
    }
  | {
      readonly event: 'interrupted';
      readonly signal: SignalName;
      /** 'undo': nothing was touched yet. 'finish': the old version is already giving way. */
      readonly then: 'undo' | 'finish';
    }
  /** The master died in the middle and the supervisor brought the program back. */
  | { readonly event: 'master-lost'; readonly pid: number; readonly recovered: boolean }
  | {
      readonly event: 'result';
      readonly outcome: Outcome;
      readonly exitCode: ExitCode;
      readonly action: Plan['action'];
      readonly strategy: Plan['strategy'];
      readonly target: string;
      readonly elapsedMs: number;
      readonly refusal: Refusal | undefined;
      readonly failure: StepFailure | undefined;
      readonly serving: ServingNow | undefined;
      readonly killed: number;
      /** A start of what ran already, or a stop of what did not run. */
      readonly already?: true | undefined;
    };

/** An event with its monotonic time in milliseconds since the action began. */
export type ReloadEvent = EventBody & { readonly atMs: number };

/** Takes events; must not throw and must not block. */
export type EventSink = (event: ReloadEvent) => void;
