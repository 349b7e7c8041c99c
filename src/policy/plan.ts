import type { HookMoment, Strategy } from '../config/settings/settings.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { Action } from './actions.ts';

/** How a plan does a reload: one of the strategies, or by what the server itself offers ('native'), or by letting jobs end ('drain'). */
type PlanStrategy = Exclude<Strategy, 'auto'> | 'native' | 'drain';

/** Who a step is about. The executor knows which processes play a role at the moment. */
export type Role =
  /** The process that the supervisor started. */
  | 'supervised'
  /** The server's master; often the supervised process itself. */
  | 'master'
  /** The second gunicorn master that serves while the first one changes its workers. */
  | 'bridge'
  /** The second instance that the supervisor runs beside the first one until it takes its place. */
  | 'successor'
  /** What the supervisor ran until the successor took its place. */
  | 'old-instance'
  /** Workers that ran before the plan began. */
  | 'old-workers'
  /** Workers of the master that were not there when the plan began. */
  | 'new-workers'
  /** Whatever of the program is still alive after the supervised process is gone. */
  | 'leftovers';

/** Where a limit comes from, so that people can be told why a wait ends when it ends. */
export type LimitReason =
  /** gunicorn's `timeout`: a worker that boots for longer is ended by its own master. */
  | 'worker-timeout'
  /** gunicorn's `graceful_timeout`: how long a request in flight may take. */
  | 'graceful-timeout'
  /** `--timeout` or the `timeout` setting. */
  | 'asked'
  /** `--settle` or the `settle` setting, or its default. */
  | 'settle'
  /** supervisord's stopwaitsecs. */
  | 'stopwaitsecs'
  /** supervisord's startsecs, with its retries. */
  | 'startsecs'
  /** A master acts on a signal within its main loop's pass of one second; ten for a machine under load. */
  | 'master-loop'
  /** The kernel removes a KILLed process at once; ten seconds for one in uninterruptible sleep. */
  | 'kernel'
  /** A command of the `hooks` setting gets this long. */
  | 'hook'
  /** A health check answers within its own limit. */
  | 'health'
  /** The supervisor answers a call that does not wait within this time. */
  | 'supervisor-call'
  /** What is known of servers of this type. */
  | 'server-type'
  /** How long a job may take. */
  | 'job';

/** How long a wait may last. */
export interface Limit {
  readonly ms: number;
  readonly reason: LimitReason;
  /** The clock of the limit starts when that step began, not when this one did. */
  readonly since?: StepId;
}

/** What happens when a limit is reached or a watched process dies. */
export type AtLimit =
  /** Undo what was done and leave the old version as it is: exit 10. */
  | 'refuse'
  /** KILL whoever is still there, by identity, and go on: exit 11. */
  | 'kill'
  /** The service is not as it should be: stop here and say so: exit 12. */
  | 'degraded'
  /** Say so and go on. */
  | 'note';

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
  /** Every address answers 2xx. */
  | { readonly is: 'healthy'; readonly urls: readonly string[] }
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

/** Names a step inside its plan. */
export type StepId = string & { readonly __brand: 'StepId' };

/** What part of a plan a step belongs to; it decides what an interruption leads to. */
export type Phase =
  /** Nothing of the old version has been touched: failure and Ctrl-C undo. */
  | 'prove'
  /** The old version is giving way: from here the plan is carried through to the end. */
  | 'switch'
  /** What is no longer needed goes. */
  | 'retire'
  /** Look whether the result holds. */
  | 'verify';

interface StepBase {
  readonly id: StepId;
  readonly phase: Phase;
}

/** A command, or a message into a control channel. */
export type Telling =
  | { readonly by: 'command'; readonly shown: string; readonly argv: readonly string[] }
  | {
      readonly by: 'channel';
      readonly shown: string;
      readonly channel: 'fifo' | 'unix-socket';
      readonly path: string;
      readonly message: string;
      /** A regular expression that a good answer matches. */
      readonly answer: string | undefined;
    };

/** What changes the number of workers by one. */
export type Scaling = { readonly by: 'signal'; readonly signal: SignalName } | Telling;

/** One step of a plan, as plain data. */
export type Step =
  /** Boot the new code aside and see whether it loads. */
  | (StepBase & {
      readonly do: 'preflight';
      /**
       * 'check-config': gunicorn --check-config. 'canary': a whole instance with one worker on a private socket. 'command': the whole argv,
       * the server's own check.
       */
      readonly how: 'check-config' | 'canary' | 'command';
      readonly argv: readonly string[];
      readonly cwd: string | undefined;
      /** The user it runs as; undefined is ourselves. */
      readonly user: string | undefined;
      /** Where the environment comes from; values never stand in a plan. */
      readonly environment: 'live-process' | 'configuration';
      /** With 'canary': how long it has to stay up once ready. */
      readonly steadyMs: number;
      /** With 'command': what people call it. */
      readonly shown?: string;
      readonly limit: Limit;
    })
  /** Send a signal and see its effect. */
  | (StepBase & {
      readonly do: 'signal';
      readonly signal: SignalName;
      readonly to: 'master' | 'bridge' | 'supervised';
      readonly via: 'direct' | 'supervisor';
      readonly effect: Condition;
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** Tell the server something otherwise than by a signal, and see its effect. */
  | (StepBase & {
      readonly do: 'tell';
      readonly what: Telling;
      readonly effect: Condition;
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** Ask that many of the oldest old workers to finish what they do and go. The master replaces each. */
  | (StepBase & {
      readonly do: 'retire-workers';
      readonly signal: SignalName;
      readonly count: number;
      readonly effect: Condition;
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** Bring the number of workers to `to`, one message at a time, each seen to work before the next. */
  | (StepBase & {
      readonly do: 'scale';
      readonly from: number;
      readonly to: number;
      /** What asks for one worker more, and for one fewer; TTIN and TTOU where nothing else is said. */
      readonly by?: { readonly more: Scaling; readonly fewer: Scaling };
      readonly via: 'direct' | 'supervisor';
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** Wait for something. */
  | (StepBase & {
      readonly do: 'wait';
      readonly until: Condition;
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** A call to the supervisor. */
  | (StepBase & {
      readonly do: 'supervisor';
      /** The last four are those of `reloadctl daemon` alone. */
      readonly call:
        | 'startProcess'
        | 'stopProcess'
        | 'startSuccessor'
        | 'promoteSuccessor'
        | 'stopSuccessor'
        | 'holdSockets';
      readonly name: string;
      /** With 'startSuccessor': how long the successor may live without being promoted. With 'holdSockets': for how long. */
      readonly seconds?: number;
      /** With 'startSuccessor': also where the supervisor holds no socket for the program. */
      readonly withoutSockets?: true;
      /** With promoteSuccessor: what the old instance is sent in place of its stop signal, which would cut requests off. */
      readonly retireSignals?: readonly SignalName[];
      /** With promoteSuccessor: how long the old instance has at least before it is KILLed. */
      readonly patienceSecs?: number;
      /** With stopProcess, where the supervisor's signal would not end the server: sent to the master once the supervisor has sent its own. */
      readonly alsoSend?: SignalName;
      readonly effect: Condition;
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** End whatever of the program is left: TERM, then KILL at the limit. */
  | (StepBase & {
      readonly do: 'clear-leftovers';
      readonly limit: Limit;
      readonly atLimit: AtLimit;
    })
  /** Run a command of the `hooks` setting, as ourselves. */
  | (StepBase & {
      readonly do: 'hook';
      readonly moment: HookMoment;
      readonly argv: readonly string[];
      readonly limit: Limit;
      readonly atLimit: 'refuse' | 'note';
    })
  /** Keep a file alive under a second name, for a process that will unlink the first on its way out. */
  | (StepBase & {
      readonly do: 'keep-file';
      readonly path: string;
      readonly as: string;
      /** Only what was made since that step began; something older is another process's, and what was kept before stays. */
      readonly madeSince?: StepId;
      /** What an interrupted run has kept stays. */
      readonly unlessKept?: true;
    })
  /** Give a kept file its name back. */
  | (StepBase & { readonly do: 'restore-file'; readonly path: string; readonly from: string })
  /** Remove the pid file of a bridge that is gone. */
  | (StepBase & { readonly do: 'remove-pidfile'; readonly path: string });

/** Why this strategy: one is the reason, the others are what a reader should know. */
export type PlanNote =
  | { readonly code: 'strategy-asked'; readonly strategy: Strategy }
  | { readonly code: 'bridge-is-default' }
  | { readonly code: 'overlap-is-default' }
  | {
      readonly code: 'memory-for-some';
      readonly availableBytes: number;
      readonly neededBytes: number;
      readonly surge: number;
    }
  | { readonly code: 'supervisor-signals-only'; readonly user: string }
  | { readonly code: 'readiness-by-time'; readonly seconds: number }
  | { readonly code: 'settings-unknown'; readonly why: string }
  | { readonly code: 'config-changed'; readonly path: string; readonly applied: boolean }
  | { readonly code: 'workers-change'; readonly from: number; readonly to: number }
  | { readonly code: 'workers-raised'; readonly configured: number; readonly running: number }
  | { readonly code: 'workers-raised-lost'; readonly configured: number; readonly running: number }
  | { readonly code: 'server-hooks-run-twice'; readonly hooks: readonly string[] }
  /** A worker of this gunicorn loses connections that it has accepted, or that wait for it, when it ends, whoever ends it. */
  | {
      readonly code: 'workers-drop-connections';
      readonly version: string;
      readonly why: 'gthread' | 'reuse-port';
    }
  | {
      readonly code: 'bind-changes';
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  | {
      readonly code: 'stopwaitsecs-too-short';
      readonly stopwaitsecs: number;
      readonly gracefulTimeout: number;
    }
  | { readonly code: 'downtime'; readonly why: 'asked' | 'allowed' | 'no-reload' }
  | { readonly code: 'stall'; readonly why: 'hup' | 'sockets-held' | 'server-type' }
  | { readonly code: 'leftover-successor'; readonly pid: number }
  | { readonly code: 'leftover-bridge'; readonly pid: number }
  | { readonly code: 'interrupted-before'; readonly strategy: Strategy; readonly workers: number }
  | { readonly code: 'memory-unknown' }
  /** A server of a known type: what was recognised, and in which way it runs. */
  | {
      readonly code: 'server-recognised';
      readonly title: string;
      readonly variants: readonly string[];
    }
  /** What this type's reload reads is its configuration only. */
  | { readonly code: 'configuration-only'; readonly title: string }
  /** The new version cannot be tried aside. */
  | { readonly code: 'unchecked'; readonly title: string }
  /** The supervisor's stop signal is not this type's graceful stop. */
  | {
      readonly code: 'stop-not-graceful';
      readonly title: string;
      readonly stopsignal: SignalName;
      readonly means: 'fast' | 'no-stop' | 'unknown';
      /** What would be graceful; undefined: no signal is. */
      readonly graceful: SignalName | undefined;
    }
  /** Jobs that run are waited for. */
  | { readonly code: 'jobs-finish'; readonly title: string; readonly seconds: number }
  /** The log files that are open now. */
  | { readonly code: 'logs-open'; readonly paths: readonly string[] }
  /** Which files the server has open may not be seen: that it was told is all that will be known. */
  | { readonly code: 'logs-unseen' }
  /** The next start goes back to the number of workers that the configuration gives. */
  | { readonly code: 'scale-not-kept'; readonly configured: number | undefined }
  | { readonly code: 'type-unknown' }
  | { readonly code: 'release-by-link'; readonly path: string };

/** A process as a plan shows it. */
export interface PlannedProc extends ProcId {
  readonly role: Role;
}

/** What will be done, in order. Printed by `plan`, executed by `reload/`, recorded in the history: the same object. */
export interface Plan {
  readonly action: Action;
  /** undefined where the action is not a reload (start, stop). */
  readonly strategy: PlanStrategy | undefined;
  readonly target: PlanTarget;
  /** The server type's name: 'gunicorn', 'unknown'. */
  readonly serverType: string;
  readonly version: string | undefined;
  readonly procs: readonly PlannedProc[];
  /** How many workers there will be at the end; undefined where there are none to count. */
  readonly workersAfter: number | undefined;
  /** What clients see of it, where the server's type says it. */
  readonly clients?: string;
  readonly notes: readonly PlanNote[];
  readonly steps: readonly Step[];
  /** Carried out, in this order, when a step in phase 'prove' fails or is interrupted. */
  readonly undo: readonly Step[];
  /** Carried out last when the action did not come to its end as planned. */
  readonly onFailure: readonly Step[];
}

/** What a plan acts on. */
export interface PlanTarget {
  /** As people write it: 'usercenter', 'web:api', 'pid:1234'. */
  readonly label: string;
  /** 'group:name' for the supervisor; undefined for a bare process. */
  readonly supervisorName: string | undefined;
}

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
    }
  /** gunicorn cannot read its own settings any more: a broken configuration file or command line. */
  | { readonly code: 'settings-broken'; readonly output: string }
  /** The new version did not come up when it was tried aside. */
  | { readonly code: 'preflight-failed'; readonly output: string; readonly timedOut: boolean }
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
