import { err, ok, type Result } from '../base/result.ts';
import type { ProcId } from '../os/proc.ts';
import { SIGNAL_GAP_MS } from '../os/signals.ts';
import type { AtLimit, Limit, Step } from '../policy/plan.ts';
import type { Condition } from '../policy/condition.ts';
import { checkOf, entryOf, explainLimit } from './conditions.ts';
import { escalate } from './escalate.ts';
import { isAlive } from './is-alive.ts';
import type { StepFailure } from './events.ts';
import { keepFile, removePidfile, restoreFile } from './files.ts';
import { GraceWatch } from './grace-watch.ts';
import { findLeftovers, rememberProcesses } from './leftover-processes.ts';
import { runHook } from './run-hook.ts';
import { runPreflight } from './preflight.ts';
import { scaleWorkers } from './scale-workers.ts';
import { sendSignal } from './send-signal.ts';
import type { LeavingWatch, Session } from './session.ts';
import { tellServer } from './tell-server.ts';
import { callSupervisor } from './supervisor-step.ts';
import { tryHealth } from './try-health.ts';
import { remainingMs, waitUntil, type Check, type Verdict } from './watch.ts';

/** What a step came to. 'skipped' is a step that had nothing to do. */
export type StepResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: StepFailure; readonly then: Exclude<AtLimit, 'kill'> };

const DONE: StepResult = { ok: true };

const failed = (failure: StepFailure, then: Exclude<AtLimit, 'kill'>): StepResult => ({
  ok: false,
  failure,
  then,
});

/** Carries out one step: acts, sees the effect, and at the limit does what the step says. */
export async function runStep(
  session: Session,
  step: Step,
  abort: AbortSignal,
): Promise<StepResult> {
  session.markStep(step.id);
  switch (step.do) {
    case 'preflight': {
      const failure = await runPreflight(session, step, abort);
      return failure === undefined ? DONE : failed(failure, 'refuse');
    }
    case 'try-health': {
      const failure = await tryHealth(session, step, abort);
      if (failure === undefined) return DONE;
      return failed(failure, failure.why === 'sick' ? 'note' : 'refuse');
    }
    case 'signal': {
      // Made before the signal, so that it sees every change from here on.
      const check = await checkOf(session, step.effect);
      const receivers = await findReceivers(session, step.to);
      if (receivers.length === 0) return step.to === 'bridge' ? DONE : lost(step);
      for (const id of receivers) {
        const failure = await sendSignal(session, step.signal, {
          id,
          role: step.to,
          via: step.via,
        });
        if (failure !== undefined) return failed(failure, withoutKill(step.atLimit));
      }
      if (step.effect.is === 'told') await session.os.sleep(SIGNAL_GAP_MS);
      // New workers may take longer to boot than old ones give their requests.
      if (step.signal === 'SIGHUP') session.leaving = watchWorkers(session, step.to);
      const watch = step.signal === 'SIGTERM' ? watchWorkers(session, step.to) : undefined;
      return settle(session, step.effect, check, step, abort, watch);
    }
    case 'tell': {
      const check = await checkOf(session, step.effect);
      const failure = await tellServer(session, step, abort);
      if (failure !== undefined) return failed(failure, withoutKill(step.atLimit));
      return settle(session, step.effect, check, step, abort);
    }
    case 'retire-workers': {
      const check = await checkOf(session, step.effect);
      const asked = await retireWorkers(session, step);
      if (!asked.ok) return failed(asked.error, withoutKill(step.atLimit));
      const watch = new GraceWatch(session, asked.value, 'old-workers');
      return settle(session, step.effect, check, step, abort, watch);
    }
    case 'scale': {
      const failure = await scaleWorkers(session, step, abort);
      return failure === undefined ? DONE : failed(failure, withoutKill(step.atLimit));
    }
    case 'wait': {
      const watch = watchForWait(session, step);
      return settle(session, step.until, await checkOf(session, step.until), step, abort, watch);
    }
    case 'supervisor': {
      const failure = await callSupervisor(session, step, abort);
      return failure === undefined ? DONE : failed(failure, withoutKill(step.atLimit));
    }
    case 'clear-leftovers':
      return clearLeftovers(session, step, abort);
    case 'hook': {
      const failure = await runHook(session, step, abort);
      return failure === undefined ? DONE : failed(failure, step.atLimit);
    }
    case 'keep-file':
      await keepFile(session, step, abort);
      return DONE;
    case 'restore-file':
      await restoreFile(session, step.path, step.from);
      return DONE;
    case 'remove-pidfile':
      await removePidfile(session, step.path);
      return DONE;
  }
}

const withoutKill = (atLimit: AtLimit): Exclude<AtLimit, 'kill'> =>
  atLimit === 'kill' ? 'degraded' : atLimit;

/** Who plays a role. Workers whose bridge was KILLed under them go on serving for a while: they stand in for it. */
async function findReceivers(
  session: Session,
  role: Extract<Step, { do: 'signal' }>['to'],
): Promise<readonly ProcId[]> {
  const id = session.roles[role];
  if (id === undefined) return [];
  if (role !== 'bridge' || (await isAlive(session, id))) return [id];
  const isLeft = await Promise.all(
    session.seen.bridgeWorkers.map((worker) => isAlive(session, worker)),
  );
  return session.seen.bridgeWorkers.filter((_, index) => isLeft[index]);
}

/** The workers of a master that is being asked to stop, those that may be answering something. */
function watchWorkers(session: Session, of: 'master' | 'bridge' | 'supervised'): GraceWatch {
  const { view } = session.seen;
  const workers = (of === 'bridge' ? view?.bridge : view)?.workers ?? [];
  return new GraceWatch(
    session,
    workers.filter(({ ready }) => ready !== false).map(({ proc }) => proc),
    of === 'bridge' ? 'bridge' : 'old-workers',
  );
}

/** Those whose end is waited for, and who were asked to go by the step before. */
function watchForWait(
  session: Session,
  { until, limit }: Extract<Step, { do: 'wait' }>,
): LeavingWatch | undefined {
  const workers = entryOf(until).leaving?.(session);
  const since = limit.since === undefined ? undefined : session.stepStart(limit.since);
  if (workers !== undefined && since !== undefined && session.leaving !== undefined) {
    return session.leaving;
  }
  return workers && new GraceWatch(session, workers, 'old-workers', since);
}

function lost(step: Extract<Step, { do: 'signal' }>): StepResult {
  return failed({ why: 'died', role: step.to, pid: 0 }, withoutKill(step.atLimit));
}

/** Waits for the step's condition; at the limit KILLs those who are in its way, where the step says so. */
async function settle(
  session: Session,
  condition: Condition,
  check: Check,
  step: { readonly limit: Limit; readonly atLimit: AtLimit },
  abort: AbortSignal,
  watch?: LeavingWatch,
): Promise<StepResult> {
  const look = async (): Promise<Verdict> => {
    await (watch ?? session.leaving)?.look();
    return check();
  };
  const end = await waitUntil(session, look, remainingMs(session, step.limit), abort);
  if (!session.toll.wasOldInstanceKilled)
    await watch?.tell({ leftToGunicorn: step.atLimit === 'note' });
  switch (end.end) {
    case 'true':
      return DONE;
    case 'interrupted':
      return failed({ why: 'interrupted' }, 'refuse');
    case 'never':
      return failed(end.failure, withoutKill(step.atLimit));
    case 'limit':
      break;
  }
  if (step.atLimit !== 'kill') {
    return failed(explainLimit(session, condition, step.limit.ms), step.atLimit);
  }
  const failure = await escalate(session, condition, step.limit.ms);
  return failure === undefined ? DONE : failed(failure, 'degraded');
}

/** Asks the oldest old workers to finish and go; gives those that were asked. */
async function retireWorkers(
  session: Session,
  step: Extract<Step, { do: 'retire-workers' }>,
): Promise<Result<readonly ProcId[], StepFailure>> {
  const view = await session.look();
  const old = (view?.workers ?? []).filter(({ proc }) => session.roles.isOld(proc));
  const asked = old.slice(0, step.count).map(({ proc }) => proc);
  for (const id of asked) {
    const failure = await sendSignal(session, step.signal, {
      id,
      role: 'old-workers',
      via: 'direct',
    });
    if (failure !== undefined) return err(failure);
  }
  return ok(asked);
}

/** Asks what is left of the program to end, waits, and KILLs what does not. */
async function clearLeftovers(
  session: Session,
  step: Extract<Step, { do: 'clear-leftovers' }>,
  abort: AbortSignal,
): Promise<StepResult> {
  const condition: Condition = { is: 'nothing-left' };
  // Of a program that did not run when we came, nobody knows yet what its processes bear.
  await rememberProcesses(session);
  for (const proc of await findLeftovers(session)) {
    const failure = await sendSignal(session, 'SIGTERM', {
      id: proc,
      role: 'leftovers',
      via: 'direct',
    });
    if (failure !== undefined) return failed(failure, 'degraded');
  }
  return settle(session, condition, await checkOf(session, condition), step, abort);
}
