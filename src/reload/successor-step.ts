import type { Step } from '../policy/plan.ts';
import { holdSockets, promoteSuccessor, startSuccessor, stopSuccessor } from '../rpc/overlap.ts';
import type { CallOptions, RpcFailure, RpcResult, Supervisor } from '../rpc/supervisor.ts';
import { isAlive } from './is-alive.ts';
import type { StepFailure } from './events.ts';
import { describeFailure } from './failure-text.ts';
import type { Session } from './session.ts';
import { sendSignal } from './send-signal.ts';
import { identifyClaimed } from './identify-claimed.ts';
import { askAboutOverlap, isSuccessorAlive } from './successor-conditions.ts';
import { adoptRunningMaster } from './supervised.ts';

type OverlapStep = Extract<Step, { do: 'supervisor' }> & {
  readonly call: 'startSuccessor' | 'promoteSuccessor' | 'stopSuccessor' | 'holdSockets';
};

/** Whether a step asks for what only a supervisor with two instances can do. */
export function isOverlapStep(step: Extract<Step, { do: 'supervisor' }>): step is OverlapStep {
  return step.call !== 'startProcess' && step.call !== 'stopProcess';
}

/** Asks the supervisor for one of the acts of an overlap. Undefined: it has agreed; whether it has the effect is for the step's condition to see. */
export async function askForOverlap(
  session: Session,
  supervisor: Supervisor,
  step: OverlapStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const options: CallOptions = { timeoutMs: step.limit.ms, abort };
  switch (step.call) {
    case 'startSuccessor':
      return start(
        session,
        await startSuccessor(
          supervisor,
          step.name,
          step.seconds ?? 0,
          options,
          step.withoutSockets === true,
        ),
      );
    case 'promoteSuccessor':
      return promote(session, supervisor, step, options);
    case 'stopSuccessor':
      return stop(session, await stopSuccessor(supervisor, step.name, options));
    case 'holdSockets':
      return failureOf(await holdSockets(supervisor, step.name, step.seconds ?? 0, options));
  }
}

async function start(
  session: Session,
  started: RpcResult<unknown>,
): Promise<StepFailure | undefined> {
  if (!started.ok) return failureOf(started);
  const pid = Number(started.value);
  session.roles.successor = await identifyClaimed(session, pid);
  return session.roles.successor === undefined
    ? { why: 'died', role: 'successor', pid }
    : undefined;
}

/** An answer may be lost on the way: what the supervisor runs then tells whether it has made the change. */
async function promote(
  session: Session,
  supervisor: Supervisor,
  step: OverlapStep,
  options: CallOptions,
): Promise<StepFailure | undefined> {
  const { successor } = session.roles;
  if (successor === undefined) return { why: 'died', role: 'successor', pid: 0 };
  await bindOldInstance(session);
  const promoted = await promoteSuccessor(supervisor, step.name, options, {
    ...(step.retireSignals === undefined ? {} : { signals: step.retireSignals }),
    ...(step.patienceSecs === undefined ? {} : { patienceSecs: step.patienceSecs }),
  });
  if (!promoted.ok) {
    const state = await askAboutOverlap(session);
    if (state?.pid !== successor.pid) return failureOf(promoted);
  }
  session.toll.hasChanged = true;
  session.seen.promote();
  return undefined;
}

/** The old instance may have crashed meanwhile, and the supervisor has started it again: what runs now is what gives way. */
async function bindOldInstance(session: Session): Promise<void> {
  const state = await askAboutOverlap(session);
  if (state === undefined || state.pid === session.roles.supervised?.pid) return;
  session.roles.supervised = await identifyClaimed(session, state.pid);
  session.roles.master = undefined;
  await adoptRunningMaster(session);
  session.roles.bindOldWorkers(await session.look());
}

/** One that has ended by itself cannot be asked any more; workers that it has left are asked one by one. */
async function stop(
  session: Session,
  stopped: RpcResult<unknown>,
): Promise<StepFailure | undefined> {
  if (!(await isSuccessorAlive(session))) {
    for (const id of session.seen.successorWorkers) {
      if (!(await isAlive(session, id))) continue;
      // Where we may not, they notice by themselves that their master is gone.
      await sendSignal(session, 'SIGTERM', { id, role: 'successor', via: 'direct' });
    }
  }
  const isGone =
    !stopped.ok && stopped.error.kind === 'fault' && stopped.error.name !== 'SHUTDOWN_STATE';
  return isGone ? undefined : failureOf(stopped);
}

function failureOf(
  result: RpcResult<unknown> | { readonly ok: false; readonly error: RpcFailure },
): StepFailure | undefined {
  if (result.ok) return undefined;
  return result.error.kind === 'aborted'
    ? { why: 'interrupted' }
    : { why: 'supervisor', message: describeFailure(result.error) };
}
