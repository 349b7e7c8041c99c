import type { Plan, Step } from '../policy/plan.ts';
import { isAlive } from './is-alive.ts';
import type { Outcome, StepFailure } from './events.ts';
import { explainBoot } from './explain-boot.ts';
import { findOrphanedBridge, recoverFromLostMaster } from './recover-master.ts';
import { runStep, type StepResult } from './run-step.ts';
import type { Session } from './session.ts';
import { adoptRunningMaster, isStopped } from './supervised.ts';
import { never, NOT_YET, TRUE, waitUntil } from './watch.ts';

/** How a plan ended. */
export interface Execution {
  readonly outcome: Outcome;
  readonly failure: StepFailure | undefined;
  /** Whether anything of the running version was asked to change. */
  readonly touched: boolean;
}

/** Carries a plan out step by step. The session knows who plays which role. */
export async function executePlan(session: Session, plan: Plan): Promise<Execution> {
  const seen = await executeSteps(session, plan);
  if (seen.outcome === 'done' || seen.outcome === 'done-with-kill') return seen;
  // A check is about nobody who runs.
  const isOfRunning = plan.action !== 'check';
  const execution =
    seen.outcome === 'down' && isOfRunning ? await lookAgain(session, plan, seen) : seen;
  session.ended = execution;
  const { atOnce } = session.parts.interruption;
  for (const [index, step] of plan.onFailure.entries()) {
    if (atOnce.aborted) break;
    await runAnnounced(
      session,
      step,
      { index: index + 1, of: plan.onFailure.length },
      atOnce,
      true,
    );
  }
  return execution;
}

/** Nobody who served for a moment is not down for good: a supervisor starts a program again that was killed. */
const LOOK_AGAIN_MS = 10_000;

/** The outcome is what is seen after the last step: down is only what stays so. */
async function lookAgain(session: Session, plan: Plan, execution: Execution): Promise<Execution> {
  const end = await waitUntil(
    session,
    async () => {
      if (await stillServes(session, plan, execution.touched)) return TRUE;
      return (await isStopped(session))
        ? never(execution.failure ?? { why: 'interrupted' })
        : NOT_YET;
    },
    LOOK_AGAIN_MS,
    session.parts.interruption.atOnce,
  );
  return end.end === 'true' ? { ...execution, outcome: 'degraded' } : execution;
}

async function executeSteps(session: Session, plan: Plan): Promise<Execution> {
  const { interruption } = session.parts;
  session.serving.expectedWorkers = plan.workersAfter;
  await session.bindOldWorkersNow();
  let touched = false;
  interruption.orderly.addEventListener(
    'abort',
    () => {
      session.emit({
        event: 'interrupted',
        signal: interruption.signal ?? 'SIGINT',
        then: touched ? 'finish' : 'undo',
      });
    },
    { once: true },
  );
  let isRecovered = false;
  for (const [index, planned] of plan.steps.entries()) {
    if (isRecovered && planned.phase !== 'verify') continue;
    const step = isRecovered ? withoutCount(planned) : planned;
    if (interruption.orderly.aborted && mayStopBefore(step, touched)) break;
    if (!touched && step.phase === 'switch') {
      touched = true;
      session.toll.hasChanged = false;
      await bindOldWorkersNow(session, step);
    }
    if (step.do === 'hook' && step.phase === 'verify') {
      session.ended = { outcome: outcomeOf(session, isRecovered), failure: undefined };
    }
    // Until something was touched Ctrl-C ends a wait; from then on only a second one does.
    const abort = touched ? interruption.atOnce : interruption.orderly;
    const place = { index: index + 1, of: plan.steps.length };
    const result = await runAnnounced(session, step, place, abort);
    if (result.ok) continue;
    const end = await handleFailure(session, plan, step, result, touched);
    if (end === 'recovered') isRecovered = touched = true;
    else if (end !== undefined) return end;
  }
  if (!interruption.orderly.aborted) {
    return {
      outcome: outcomeOf(session, isRecovered),
      failure: undefined,
      touched,
    };
  }
  if (!touched) await undo(session, plan);
  return { outcome: 'interrupted', failure: { why: 'interrupted' }, touched };
}

/**
 * Of a plan that came to its end. A master that was started anew could not bind before the bridge had gone: whoever came in between
 * was refused.
 */
const outcomeOf = ({ toll }: Session, isRecovered: boolean): 'done' | 'done-with-kill' =>
  toll.killed > 0 || isRecovered ? 'done-with-kill' : 'done';

/** A master that was started anew has the workers that its configuration gives, whatever the lost one had. */
function withoutCount(step: Step): Step {
  return step.do === 'wait' && step.until.is === 'settled'
    ? { ...step, until: { ...step.until, workers: undefined } }
    : step;
}

/** After an interruption a plan stops before the next proof or look, never between the steps that change the running version. */
function mayStopBefore(step: Step, touched: boolean): boolean {
  return !touched || step.phase === 'verify';
}

/** The workers that exist just before the first change are the old ones. A start has none. */
async function bindOldWorkersNow(session: Session, step: Step): Promise<void> {
  if (step.do === 'supervisor' && step.call === 'startProcess') return;
  await session.bindOldWorkersNow();
}

async function runAnnounced(
  session: Session,
  step: Step,
  place: { readonly index: number; readonly of: number },
  abort: AbortSignal,
  undoing = false,
): Promise<StepResult> {
  session.emit({ event: 'step-started', step, ...place, undoing });
  const began = session.os.now();
  const result = await runStep(session, step, abort);
  const elapsedMs = Math.round(session.os.now() - began);
  session.emit(
    result.ok
      ? { event: 'step-done', step, elapsedMs, undoing }
      : { event: 'step-failed', step, elapsedMs, failure: result.failure, undoing },
  );
  return result;
}

/** What follows a failed step. undefined: the plan goes on; 'recovered': with its last look. */
async function handleFailure(
  session: Session,
  plan: Plan,
  step: Step,
  result: Extract<StepResult, { ok: false }>,
  touched: boolean,
): Promise<Execution | 'recovered' | undefined> {
  const { failure } = result;
  if (failure.why === 'interrupted') return endAtOnce(session, plan, step, touched);
  if (result.then === 'note') return undefined;
  await tellCause(session, step, failure);
  if (failure.why === 'died' && failure.role === 'master') {
    session.roles.bridge ??= await findOrphanedBridge(session);
    if (session.roles.bridge !== undefined) return recover(session, failure, touched);
  }
  if (touched && wasNotSent(session, failure)) {
    const isUndone = await undo(session, plan);
    const outcome = failure.why === 'denied' ? 'failed' : 'refused';
    return { outcome: isUndone ? outcome : 'degraded', failure, touched: false };
  }
  if (result.then === 'refuse') {
    // The master serves what it served before: only the bridge has to go, or the successor that was not promoted.
    const isAdded = !touched || failure.why === 'old-code' || session.roles.successor !== undefined;
    const isUndone = isAdded ? await undo(session, plan) : true;
    if (!isUndone) return { outcome: 'degraded', failure, touched };
    if (!(await stillServes(session, plan, touched))) return { outcome: 'down', failure, touched };
    // Of a surge some may have come up, or still do: then the old version does not serve alone.
    const { total } = (await session.serving.describe()).new;
    const isMixed =
      touched && (plan.strategy === 'rolling' || plan.action === 'scale') && total > 0;
    return { outcome: isMixed ? 'degraded' : 'refused', failure, touched };
  }
  return { outcome: await judge(session, plan, failure, touched), failure, touched };
}

/** Whether the very first signal that would have changed anything was not let through: then nothing has changed. */
function wasNotSent(session: Session, failure: StepFailure): boolean {
  return (failure.why === 'denied' || failure.why === 'unsafe') && !session.toll.hasChanged;
}

/** The master died while the bridge was there. */
async function recover(
  session: Session,
  failure: Extract<StepFailure, { why: 'died' }>,
  touched: boolean,
): Promise<Execution | 'recovered'> {
  const { bridge } = session.roles;
  const recovered = await recoverFromLostMaster(session);
  session.emit({ event: 'master-lost', pid: failure.pid, recovered });
  if (recovered) return 'recovered';
  // The bridge goes on serving by itself, which the supervisor knows nothing of.
  const serves = bridge !== undefined && (await isAlive(session, bridge));
  return { outcome: serves ? 'degraded' : 'down', failure, touched };
}

/** Nobody waits any more: what was not touched is put back, what was stopped for a restart is started all the same. */
async function endAtOnce(
  session: Session,
  plan: Plan,
  step: Step,
  touched: boolean,
): Promise<Execution> {
  const failure: StepFailure = { why: 'interrupted' };
  if (!touched) {
    await undo(session, plan);
    return { outcome: 'interrupted', failure, touched };
  }
  const start = plan.steps.slice(plan.steps.indexOf(step)).find(isStart);
  if (start !== undefined) await session.parts.supervisor?.startProcess(start.name, false);
  const serves = await stillServes(session, plan, touched);
  return { outcome: serves || plan.action === 'stop' ? 'interrupted' : 'down', failure, touched };
}

const isStart = (step: Step): step is Extract<Step, { do: 'supervisor' }> =>
  step.do === 'supervisor' && step.call === 'startProcess';

const isBoot = (step: Step): boolean =>
  step.do === 'supervisor' && (step.call === 'startProcess' || step.call === 'startSuccessor');

/** Degraded, or down altogether. What failed before anything was touched is neither. */
async function judge(
  session: Session,
  plan: Plan,
  failure: StepFailure,
  touched: boolean,
): Promise<Outcome> {
  if (!touched) return failure.why === 'denied' ? 'failed' : 'degraded';
  return (await stillServes(session, plan, touched)) ? 'degraded' : 'down';
}

/**
 * Whether anybody serves: workers of the master or of the bridge that are ready, or those of a master that was started anew. Old workers
 * that were all asked to go take nothing any more.
 */
async function stillServes(session: Session, plan: Plan, touched: boolean): Promise<boolean> {
  if ((await session.look()) === undefined) await adoptRunningMaster(session);
  const { view } = session.seen;
  if (view === undefined)
    return session.roles.master === undefined && session.roles.supervised !== undefined;
  if (view.isSingle) return true;
  const isReplacing = view.workers.some(({ proc }) => !session.roles.isOld(proc));
  const oldLeave =
    touched &&
    plan.action !== 'scale' &&
    plan.action !== 'reopen-logs' &&
    (plan.strategy === 'restart' || (plan.strategy !== 'rolling' && isReplacing));
  const workers = [
    ...view.workers.filter(({ proc }) => !oldLeave || !session.roles.isOld(proc)),
    ...(view.bridge?.workers ?? []),
  ];
  return (await session.serving.countReady(workers)) > 0;
}

/** Takes back what the first steps did; false: not all of it. A second Ctrl-C leaves it to the next run. */
async function undo(session: Session, plan: Plan): Promise<boolean> {
  const { interruption } = session.parts;
  await session.look();
  let isUndone = true;
  for (const [index, step] of plan.undo.entries()) {
    if (interruption.atOnce.aborted) return false;
    const place = { index: index + 1, of: plan.undo.length };
    const { ok } = await runAnnounced(session, step, place, interruption.atOnce, true);
    isUndone &&= ok;
  }
  return isUndone;
}

/** The log of a master that is about to end is written within moments. */
const LOG_WAIT_MS = 300;

/** Shows what the new version said when it did not come up. */
async function tellCause(session: Session, step: Step, failure: StepFailure): Promise<void> {
  const { log } = session.parts;
  const isAboutCode =
    failure.why === 'died' ||
    failure.why === 'unsteady' ||
    failure.why === 'limit' ||
    (failure.why === 'supervisor' && isBoot(step));
  if (log === undefined || !isAboutCode || step.do === 'preflight') return;
  try {
    await session.os.sleep(LOG_WAIT_MS, session.parts.interruption.atOnce);
  } catch {
    return; // Interrupted: nobody waits for the explanation.
  }
  const text = await log.readSinceMark();
  if (text !== '') {
    session.emit({ event: 'output', source: 'program-log', text });
  } else if (failure.why !== 'limit') {
    const explanation = await explainBoot(session);
    if (explanation !== '') {
      session.emit({ event: 'output', source: 'preflight', text: explanation });
    }
  }
}
