import { EXIT, type ExitCode } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';
import type { StateDirectory } from '../os/state-files.ts';
import { gunicornOf, type ReloadFacts, type SupervisionFacts } from '../policy/facts.ts';
import type { Plan } from '../policy/plan.ts';
import { releaseMove } from '../policy/release-move.ts';
import { exitOfRefusal, type Refusal } from '../policy/refusal.ts';
import type { GunicornSettings } from '../servers/gunicorn/settings.ts';
import { BootClock } from './boot-clock.ts';
import type { EventBody, EventSink, Outcome, ServingNow, StepFailure } from './events.ts';
import type { FaultName, ProcessState } from '../rpc/supervisor.ts';
import { executePlan, type Execution } from './execute-plan.ts';
import type { Gathered } from './gather-facts.ts';
import { reportToHook, type Ended, type HookReport } from './hook-report.ts';
import type { Interruption } from './interruption.ts';
import { isArmed, type Journal } from './journal.ts';
import { preparePlan, type PlanRequest, type Prepared } from './prepare-plan.ts';
import { ProgramLog } from './program-log.ts';
import { Session, type SessionParts } from './session.ts';
import { takeLock } from './take-lock.ts';
import { describeTarget, keyOf, serverKeyOf } from './target.ts';

/** One action on one target. */
export interface ActionRequest extends PlanRequest {
  /** For how long to wait for another run of the same program before this one is refused with exit 13; 0: not at all. */
  readonly waitMs: number;
}

/** What an action runs on. */
export interface ActionEnvironment {
  readonly os: Os;
  readonly state: StateDirectory | undefined;
  readonly sink: EventSink;
  readonly interruption: Interruption;
}

const EXIT_BY_OUTCOME: Readonly<Record<Exclude<Outcome, 'interrupted'>, ExitCode>> = {
  done: EXIT.ok,
  'done-with-kill': EXIT.killed,
  refused: EXIT.refused,
  down: EXIT.down,
  degraded: EXIT.down,
  failed: EXIT.failed,
  busy: EXIT.busy,
};

/**
 * Carries an action out: lock, facts, plan, execution, verification, record. Every outcome is told by a last event 'result', whose
 * exit code is returned. Throws a ReloadctlError where the target cannot be asked about at all.
 */
export async function runAction(
  environment: ActionEnvironment,
  request: ActionRequest,
): Promise<ExitCode> {
  return new ActionRun(environment, request).run();
}

/** Of a start that the supervisor could not do (supervisor/supervisorctl.py, LSBStartExitStatuses). */
const EXIT_BY_FAULT: Readonly<Partial<Record<FaultName, ExitCode>>> = {
  SPAWN_ERROR: EXIT.notRunningOnAction,
  ABNORMAL_TERMINATION: EXIT.notRunningOnAction,
  NO_FILE: EXIT.failed,
  NOT_EXECUTABLE: EXIT.failed,
};

/** What of an end decides the exit code. */
interface End {
  readonly outcome: Outcome;
  readonly refusal?: Refusal | undefined;
  readonly failure?: StepFailure | undefined;
}

type ResultBody = Extract<EventBody, { event: 'result' }>;

/** What is known of an end. */
type Described = End &
  Partial<Pick<ResultBody, 'serving' | 'killed' | 'already'>> & { readonly plan?: Plan };

/** The states in which supervisorctl refuses a start (supervisor/states.py, RUNNING_STATES). */
const isStarted = (state: ProcessState): boolean =>
  state === 'RUNNING' || state === 'STARTING' || state === 'BACKOFF';

class ActionRun {
  readonly #boot = new BootClock();
  readonly #environment: ActionEnvironment;
  readonly #request: ActionRequest;
  readonly #startedAt: number;
  readonly #startedEpochMs: number;

  constructor(environment: ActionEnvironment, request: ActionRequest) {
    this.#environment = { ...environment, sink: this.#boot.listenTo(environment.sink) };
    this.#request = request;
    this.#startedAt = environment.os.now();
    this.#startedEpochMs = environment.os.wallClock();
  }

  async run(): Promise<ExitCode> {
    return this.#runUnderLock(keyOf(this.#request.target), () => this.#runOnServer());
  }

  /** Does `work` while nobody else has the lock. */
  async #runUnderLock(
    key: string,
    work: (waited: boolean) => Promise<ExitCode>,
  ): Promise<ExitCode> {
    const { os, interruption } = this.#environment;
    const { action, target } = this.#request;
    const attempt = await takeLock(os, interruption, {
      key,
      purpose: `${action} ${target.label}`,
      waitMs: this.#request.waitMs,
      onWait: (holder) => {
        this.#emit({ event: 'lock-wait', ...holder });
      },
    });
    switch (attempt.got) {
      case 'interrupted':
        return this.#tell({ outcome: 'interrupted' });
      case 'busy': {
        const { holder, waitedMs } = attempt;
        this.#emit({
          event: 'lock-wait',
          ...holder,
          ...(waitedMs === undefined ? {} : { waitedMs }),
        });
        return this.#tell({ outcome: 'busy' });
      }
      case 'lock':
        for (const holder of attempt.beside) this.#emit({ event: 'beside', ...holder });
        try {
          return await work(attempt.waited);
        } finally {
          await attempt.lock.release();
        }
    }
  }

  async #prepare(): Promise<Prepared> {
    const { os, state, interruption } = this.#environment;
    return preparePlan(os, state, this.#request, interruption.orderly);
  }

  /** Others may mean the same server by another name (its pid, another address of the supervisor): they meet at its process. */
  async #runOnServer(): Promise<ExitCode> {
    const prepared = await this.#prepare();
    const key = serverKeyOf(prepared.gathered.facts.server);
    if (key === undefined) return this.#carryOut(prepared);
    return this.#runUnderLock(key, async (waited) =>
      this.#carryOut(waited ? await this.#prepare() : prepared),
    );
  }

  async #carryOut({ journal, gathered, plan }: Prepared): Promise<ExitCode> {
    const { interruption } = this.#environment;
    if (interruption.orderly.aborted) return this.#tell({ outcome: 'interrupted' });
    if (!plan.ok) {
      if ('output' in plan.error && plan.error.output !== '') {
        this.#emit({ event: 'output', source: 'preflight', text: plan.error.output });
      }
      return this.#finish(journal, gathered, undefined, undefined, {
        outcome: 'refused',
        refusal: plan.error,
      });
    }
    this.#emit({ event: 'plan', plan: plan.value });
    const session = this.#openSession(gathered, plan.value);
    await session.parts.log?.mark();
    const gunicorn = gunicornOf(gathered.facts);
    // What an overlap leaves when it is cut short, the supervisor knows and puts right.
    const { strategy } = plan.value;
    const isOwn = strategy !== undefined && strategy !== 'overlap' && strategy !== 'native';
    if (gunicorn !== undefined && isOwn) {
      await journal.begin({
        strategy,
        workersAfter: plan.value.workersAfter ?? gunicorn.workers.length,
        master: gunicorn.master,
      });
    }
    const execution = await executePlan(session, plan.value);
    return this.#finish(journal, gathered, plan.value, session, execution);
  }

  #openSession(gathered: Gathered, plan: Plan): Session {
    const { os, sink, interruption } = this.#environment;
    const { target } = this.#request;
    const { facts, preflightContext, logSources, settings } = gathered;
    const session: Session = new Session(
      {
        report: (end) => this.#report(session, gathered, plan, end),
        os,
        supervisor: target.kind === 'supervised' ? target.supervisor : undefined,
        supervisorName: target.kind === 'supervised' ? target.name : undefined,
        program: target.kind === 'supervised' ? target.program : undefined,
        sink,
        interruption,
        preflightContext,
        log: new ProgramLog(os, logSources),
        rights: gathered.rights,
        bootCommand: bootCommandOf(facts),
        hasControlSocket: settings?.controlSocket !== undefined,
        pidfile: settings?.pidfile,
        healthHeaders: this.#request.options.healthHeaders,
        serverType: facts.server.type === 'running' ? facts.server.server : undefined,
        ...limitsOf(facts.supervision, settings),
      },
      (facts.supervision?.startsecs ?? 1) * 1000,
      this.#startedAt,
    );
    session.traces.knownSupervisor = gathered.known;
    session.roles.supervised = facts.supervision?.proc;
    session.roles.bridge = gunicornOf(facts)?.bridge;
    if (facts.server.type === 'running') {
      session.roles.master = facts.server.master;
      if (target.kind === 'process') session.roles.supervised = facts.server.master;
    } else if (facts.server.type === 'other' && target.kind === 'process') {
      session.roles.supervised = facts.server.proc;
    }
    return session;
  }

  async #finish(
    journal: Journal,
    gathered: Gathered,
    plan: Plan | undefined,
    session: Session | undefined,
    end: Pick<Execution, 'outcome'> &
      Partial<Pick<Execution, 'failure' | 'touched'>> & { readonly refusal?: Refusal },
  ): Promise<ExitCode> {
    const serving = session === undefined ? undefined : await this.#serving(session);
    const code = this.#exitCode(end);
    const isWhole = end.outcome === 'done' || end.outcome === 'done-with-kill';
    const hasLoaded = isWhole && plan?.strategy !== undefined && plan.strategy !== 'rolling';
    const master = session?.roles.master;
    await journal.finish(
      {
        program: this.#request.target.label,
        action: this.#request.action,
        strategy: plan?.strategy,
        outcome: end.outcome,
        exitCode: code,
        startedEpochMs: this.#startedEpochMs,
        elapsedMs: this.#elapsedMs,
        user: this.#request.user,
        version: plan?.version,
        workers: serving?.new.total,
        killed: session?.toll.killed ?? 0,
        ...(this.#boot.longestMs === undefined ? {} : { bootMs: this.#boot.longestMs }),
        ...(isArmed(this.#request.action, end) ? { armed: true } : {}),
      },
      {
        // Where the old version was already giving way, the next run has to know what was meant.
        unfinished:
          this.#request.action !== 'reopen-logs' && (isWhole || end.touched !== true)
            ? undefined
            : journal.record.unfinished,
        loaded:
          hasLoaded && master !== undefined && gathered.settings !== undefined
            ? {
                master,
                atEpochMs: this.#startedEpochMs,
                workersConfigured: gathered.settings.workers,
                preloaded: gathered.settings.preloadApp,
              }
            : journal.record.loaded,
        preExec: preExecOf(gathered, hasLoaded, journal),
      },
    );
    return this.#tell({
      outcome: end.outcome,
      ...(end.refusal === undefined ? {} : { refusal: end.refusal }),
      ...(end.failure === undefined ? {} : { failure: end.failure }),
      ...(plan === undefined ? {} : { plan }),
      ...(serving === undefined ? {} : { serving }),
      killed: session?.toll.killed ?? 0,
      already: this.#wasAlready(gathered.facts.supervision, end.outcome),
    });
  }

  /** Whether there was nothing to start, or nothing to stop. */
  #wasAlready(supervision: SupervisionFacts | undefined, outcome: Outcome): true | undefined {
    if (supervision === undefined || outcome !== 'done') return undefined;
    const ran = isStarted(supervision.state);
    const { action } = this.#request;
    const isSo = (action === 'start' && ran) || (action === 'stop' && !ran);
    return isSo ? true : undefined;
  }

  async #serving(session: Session): Promise<ServingNow> {
    await session.look();
    return session.serving.describe();
  }

  /** What a hook is told; what serves is looked at only where it belongs to the end. */
  async #report(
    session: Session,
    { facts }: Gathered,
    plan: Plan,
    end: Ended | undefined,
  ): Promise<HookReport> {
    const known =
      end === undefined
        ? ({ event: 'begun', ...this.#subject(plan) } as const)
        : this.#describe({
            ...end,
            plan,
            serving: await this.#serving(session),
            killed: session.toll.killed,
          });
    return reportToHook(known, releaseMove(facts));
  }

  get #elapsedMs(): number {
    return Math.round(this.#environment.os.now() - this.#startedAt);
  }

  #exitCode({ outcome, refusal, failure }: End): ExitCode {
    if (refusal !== undefined) return exitOfRefusal(refusal);
    const ofStart = this.#request.action === 'start' ? exitOfStart(failure) : undefined;
    if (ofStart !== undefined) return ofStart;
    if (outcome !== 'interrupted') return EXIT_BY_OUTCOME[outcome];
    return this.#environment.interruption.signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }

  #emit(body: EventBody): void {
    this.#environment.sink({ ...body, atMs: this.#elapsedMs });
  }

  #tell(end: Described): ExitCode {
    const result = this.#describe(end);
    this.#emit(result);
    return result.exitCode;
  }

  #subject(
    plan: Plan | undefined,
  ): Pick<ResultBody, 'action' | 'strategy' | 'target' | 'elapsedMs'> {
    return {
      action: this.#request.action,
      strategy: plan?.strategy,
      target: describeTarget(this.#request.target).label,
      elapsedMs: this.#elapsedMs,
    };
  }

  #describe(end: Described): ResultBody {
    return {
      event: 'result',
      outcome: end.outcome,
      exitCode: this.#exitCode(end),
      ...this.#subject(end.plan),
      refusal: end.refusal,
      failure: end.failure,
      serving: end.serving,
      killed: end.killed ?? 0,
      ...(end.already === undefined ? {} : { already: end.already }),
    };
  }
}

/** supervisorctl's exit code where the supervisor could not start the program; undefined for every other end. */
function exitOfStart(failure: StepFailure | undefined): ExitCode | undefined {
  const fault = failure?.why === 'supervisor' ? failure.fault : undefined;
  return fault === undefined ? undefined : EXIT_BY_FAULT[fault];
}

/** The master that may have a pre_exec from now on. */
function preExecOf(
  { facts, settings }: Gathered,
  hasLoaded: boolean,
  { record }: Journal,
): ProcId | undefined {
  const master = gunicornOf(facts)?.master;
  if (master === undefined || settings === undefined) return record.preExec;
  if (settings.hooks.includes('pre_exec')) return master;
  return hasLoaded ? undefined : record.preExec;
}

function bootCommandOf(facts: ReloadFacts): SessionParts['bootCommand'] {
  const preflight = gunicornOf(facts)?.preflight;
  if (preflight === undefined) return undefined;
  const { command, cwd } = preflight;
  return { argv: [...command.launcher, ...command.args], cwd };
}

/** How long what runs now may take to end. */
function limitsOf(
  supervision: SupervisionFacts | undefined,
  settings: GunicornSettings | undefined,
): Pick<SessionParts, 'gracefulMs' | 'stopwaitMs'> {
  const overlap = supervision?.overlap;
  const graceful = overlap?.gracefulTimeout ?? settings?.gracefulTimeout;
  return {
    gracefulMs: graceful === undefined ? undefined : graceful * 1000,
    stopwaitMs:
      supervision === undefined || overlap === undefined
        ? undefined
        : Math.max(supervision.stopwaitsecs, overlap.gracefulTimeout ?? 0) * 1000,
  };
}
