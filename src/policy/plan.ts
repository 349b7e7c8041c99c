import type { HookMoment, Strategy } from '../config/settings/setting-values.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import type { Action } from './actions.ts';
import type { Condition } from './condition.ts';
import type { HealthTerms } from './health.ts';
import type { PlanNote } from './plan-note.ts';

/** How a plan does a reload: one of the strategies, or by what the server itself offers ('native'). */
type PlanStrategy = Exclude<Strategy, 'auto'> | 'native';

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
  | 'job'
  /** Nothing says how long it may take. */
  | 'not-known';

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
      /**
       * With 'canary': signals that it gets once it is up, as the plan's master will, so that a hook of the configuration that raises ends the
       * canary and not the master.
       */
      readonly rehearse?: readonly SignalName[];
      /** The hooks for which that is done. */
      readonly hooks?: readonly string[];
      /** With 'canary': addresses of the server that the new code has to answer, asked through the private socket. */
      readonly health?: { readonly urls: readonly string[] } & HealthTerms;
      /** With 'command': what people call it. */
      readonly shown?: string;
      readonly limit: Limit;
    })
  /** Ask the version that runs for its health: what not even that passes says nothing of a new one. */
  | (StepBase &
      HealthTerms & {
        readonly do: 'try-health';
        readonly urls: readonly string[];
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
