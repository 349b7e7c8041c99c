import { SUPERVISOR_DEFAULTS } from '../config/supervisor-defaults.ts';
import type { SignalName } from '../os/signals.ts';
import type { Step } from '../policy/plan.ts';
import type { ProcessState, Supervisor } from '../rpc/supervisor.ts';
import { checkOf, explainLimit } from './conditions.ts';
import { isAlive } from './is-alive.ts';
import type { StepFailure } from './events.ts';
import { describeFailure } from './failure-text.ts';
import { GraceWatch } from './grace-watch.ts';
import { rememberProcesses } from './leftover-processes.ts';
import { findListening } from '../servers/listening.ts';
import { sendSignal } from './send-signal.ts';
import type { Session } from './session.ts';
import { askForOverlap, isOverlapStep } from './successor-step.ts';
import { never, NOT_YET, waitUntil, type Verdict, type WaitEnd } from './watch.ts';

type SupervisorStep = Extract<Step, { do: 'supervisor' }>;

/** supervisord looks at its timers at most a second late, so a KILL comes that much later, never earlier. */
const TIMER_SLACK_MS = 100;

/** Asks the supervisor to start or stop the program and waits for the effect. */
export async function callSupervisor(
  session: Session,
  step: SupervisorStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  if (isOverlapStep(step)) return overlap(session, step, abort);
  return step.call === 'stopProcess'
    ? stopProcess(session, step, abort)
    : startProcess(session, step, abort);
}

async function overlap(
  session: Session,
  step: Parameters<typeof askForOverlap>[2],
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const { supervisor } = session.parts;
  if (supervisor === undefined) return { why: 'supervisor', message: 'there is no supervisor' };
  const failure = await askForOverlap(session, supervisor, step, abort);
  if (failure !== undefined) return failure;
  const end = await waitUntil(session, await checkOf(session, step.effect), step.limit.ms, abort);
  return failureOf(session, step, end);
}

async function startProcess(
  session: Session,
  step: SupervisorStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const { supervisor } = session.parts;
  if (supervisor === undefined) return { why: 'supervisor', message: 'there is no supervisor' };
  // Everything that starts from here on is new.
  session.roles.master = undefined;
  session.roles.supervised = undefined;
  session.roles.bindOldWorkers(undefined);
  session.toll.hasChanged = true;
  const begin = new Beginning(supervisor, step.name);
  await begin.look();
  const call = await supervisor.startProcess(step.name, false);
  if (!call.ok && !(call.error.kind === 'fault' && call.error.name === 'ALREADY_STARTED')) {
    const fault = call.error.kind === 'fault' ? call.error.name : undefined;
    return { why: 'supervisor', message: describeFailure(call.error), fault };
  }
  const isServing = await checkOf(session, step.effect);
  let lastLook = session.os.now();
  const end = await waitUntil(
    session,
    async () => {
      const verdict = await isServing();
      const now = session.os.now();
      if (verdict.is !== 'not-yet' || now - lastLook < 1000) return verdict;
      lastLook = now;
      return (await begin.goOn()) ?? verdict;
    },
    step.limit.ms,
    abort,
  );
  return failureOf(session, step, end);
}

/** Whether a start that the supervisor has taken has come to something. */
class Beginning {
  readonly #supervisor: Supervisor;
  readonly #name: string;
  #hasBegun = false;

  constructor(supervisor: Supervisor, name: string) {
    this.#supervisor = supervisor;
    this.#name = name;
  }

  /** Before the call. While a program is being stopped supervisord takes a call to start it, and does nothing (supervisor/process.py, spawn). */
  async look(): Promise<void> {
    const state = await this.#state();
    this.#hasBegun = state !== undefined && state !== 'STOPPING';
  }

  /** After it. What did not begin is started again; what did, and is stopped all the same, somebody else has stopped. */
  async goOn(): Promise<Verdict | undefined> {
    const state = await this.#state();
    if (state === 'STOPPED' && !this.#hasBegun) {
      this.#hasBegun = (await this.#supervisor.startProcess(this.#name, false)).ok;
    } else if (this.#hasBegun && (state === 'STOPPED' || state === 'STOPPING')) {
      const message = 'it was stopped while it started, by another command';
      return never({ why: 'supervisor', message, fault: 'ABNORMAL_TERMINATION' });
    }
    return undefined;
  }

  /** Undefined when the supervisor did not answer: it is asked again. */
  async #state(): Promise<ProcessState | undefined> {
    const info = await this.#supervisor.getProcessInfo(this.#name);
    return info.ok ? info.value.state : undefined;
  }
}

async function stopProcess(
  session: Session,
  step: SupervisorStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const { supervisor, program } = session.parts;
  if (supervisor === undefined) return { why: 'supervisor', message: 'there is no supervisor' };
  await rememberProcesses(session);
  const { supervised } = session.roles;
  if (supervised !== undefined && session.roles.master === undefined) {
    session.traces.listenedOn = await findListening(session.os, supervised);
  }
  const view = await session.look();
  const workers = (view?.workers ?? []).filter(({ ready }) => ready !== false);
  const watch = new GraceWatch(
    session,
    workers.map(({ proc }) => proc),
    'old-workers',
  );
  const { stopwaitsecs } = program ?? SUPERVISOR_DEFAULTS;
  const stopwaitMs = session.parts.stopwaitMs ?? stopwaitsecs * 1000;
  const isStopped = await checkOf(session, step.effect);
  const began = session.os.now();
  let lastCall = -Infinity;
  let aliveUntilMs = 0;
  const end = await waitUntil(
    session,
    async () => {
      const now = session.os.now();
      await watch.look();
      if (supervised !== undefined && (await isAlive(session, supervised))) {
        aliveUntilMs = now - began;
        await rememberProcesses(session);
      }
      // A program that exited by itself may be started again before the call arrives: ask until it is held stopped.
      if (now - lastCall >= 1000) {
        lastCall = now;
        session.toll.hasChanged = true;
        const call = await supervisor.stopProcess(step.name, false);
        const isExpected =
          call.ok || (call.error.kind === 'fault' && call.error.name === 'NOT_RUNNING');
        if (call.ok && step.alsoSend !== undefined) {
          const failure = await endMaster(session, step.alsoSend);
          if (failure !== undefined) return { is: 'never', failure };
        }
        if (!isExpected && call.error.kind !== 'timeout') {
          return {
            is: 'never',
            failure: { why: 'supervisor', message: describeFailure(call.error) },
          };
        }
      }
      const verdict = await isStopped();
      return verdict.is === 'not-yet' ? NOT_YET : verdict;
    },
    step.limit.ms,
    abort,
  );
  if (supervised !== undefined && aliveUntilMs >= stopwaitMs - TIMER_SLACK_MS) {
    // A master that did not end did not end its workers either.
    session.tellKilled({
      pid: supervised.pid,
      role: 'supervised',
      by: 'supervisor',
      afterMs: aliveUntilMs,
    });
  } else await watch.tell({ leftToGunicorn: false });
  if (end.end === 'true') {
    session.seen.forgetMaster();
    await session.tellServing();
  }
  return failureOf(session, step, end);
}

/** The supervisor waits for an end that its own signal does not bring about. */
async function endMaster(session: Session, signal: SignalName): Promise<StepFailure | undefined> {
  const { master } = session.roles;
  if (master === undefined || !(await isAlive(session, master))) return undefined;
  return sendSignal(session, signal, { id: master, role: 'master', via: 'direct' });
}

function failureOf(session: Session, step: SupervisorStep, end: WaitEnd): StepFailure | undefined {
  switch (end.end) {
    case 'true':
      return undefined;
    case 'limit':
      return explainLimit(session, step.effect, end.limitMs);
    case 'never':
      return end.failure;
    case 'interrupted':
      return { why: 'interrupted' };
  }
}
