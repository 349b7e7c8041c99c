import type { ProcId } from '../os/proc.ts';
import { askOverlap } from '../rpc/overlap.ts';
import type { OverlapState } from '../rpc/supervisor.ts';
import { isAlive } from './is-alive.ts';
import { describeFailure } from './failure-text.ts';
import type { Session } from './session.ts';
import { never, NOT_YET, TRUE, verdict, type Check, type Verdict } from './watch.ts';
import { judgeSecond, type WantedWorkers } from './worker-checks.ts';
import { Steadiness } from './worker-watch.ts';

/** Asks the supervisor about its two instances; undefined when it does not answer, or does not know what that is. */
export async function askAboutOverlap(session: Session): Promise<OverlapState | undefined> {
  const { supervisor, supervisorName, interruption } = session.parts;
  if (supervisor === undefined || supervisorName === undefined) return undefined;
  const state = await askOverlap(supervisor, supervisorName, { abort: interruption.atOnce });
  session.answers.supervisorSilence = state.ok ? undefined : describeFailure(state.error);
  return state.ok ? state.value : undefined;
}

/** The process that the supervisor started as successor lives. */
export function checkSuccessorAppeared(session: Session): Check {
  return async () => ((await isSuccessorAlive(session)) ? TRUE : successorDied(session));
}

/** The process that the supervisor started as successor is still there. */
export async function isSuccessorAlive(session: Session): Promise<boolean> {
  return session.roles.successor !== undefined && (await isAlive(session, session.roles.successor));
}

function successorDied(session: Session): Verdict {
  return never({ why: 'died', role: 'successor', pid: session.roles.successor?.pid ?? 0 });
}

/**
 * The successor is ready and its workers have been the same for `ms`. One without workers is ready when it
 * waits for connections; where nobody can see that, when it has lived for `aliveMs`.
 */
export function checkSuccessor(
  session: Session,
  wanted: WantedWorkers & { readonly aliveMs: number },
): Check {
  const judge = judgeSecond(session, 'successor', wanted);
  const steadiness = new Steadiness(session);
  const checkAlone = async (id: ProcId, serves: boolean | undefined): Promise<Verdict> => {
    const ageMs = session.os.wallClock() - (await session.os.startedAt(id));
    const isReady = serves ?? ageMs >= wanted.aliveMs;
    return verdict(steadiness.heldMs(isReady ? 'alone' : undefined) >= wanted.ms && isReady);
  };
  return async () => {
    await session.look();
    const { successor } = session.roles;
    const { successorView } = session.seen;
    if (successor === undefined || !(await isSuccessorAlive(session))) {
      return successorDied(session);
    }
    if (successorView === undefined) {
      // One of a known type that is not recognised has not come so far.
      const isExpected = wanted.workers !== undefined || session.parts.serverType !== undefined;
      return isExpected ? NOT_YET : checkAlone(successor, undefined);
    }
    return successorView.isSingle
      ? checkAlone(successor, successorView.serves)
      : judge(successorView.workers);
  };
}

/** No successor any more: the supervisor says so, and none of its processes is left. */
export async function isSuccessorGone(session: Session): Promise<boolean> {
  await session.look();
  if (await isSuccessorAlive(session)) return false;
  for (const id of session.seen.successorWorkers) if (await isAlive(session, id)) return false;
  const state = await askAboutOverlap(session);
  return state?.successor === 0;
}

/** The supervisor runs what was the successor. */
export async function isPromoted(session: Session): Promise<boolean> {
  const state = await askAboutOverlap(session);
  return session.roles.supervised !== undefined && state?.pid === session.roles.supervised.pid;
}

/** Every instance from before the promotion has ended; tells of the last one if that took a KILL. */
export function checkOldInstanceGone(session: Session): Check {
  let isTold = false;
  return async () => {
    await session.look();
    for (const id of [...session.roles.oldInstances, ...session.seen.leavingWorkers]) {
      if (await isAlive(session, id)) return NOT_YET;
    }
    const state = await askAboutOverlap(session);
    if (state === undefined || state.retiring.length > 0) return NOT_YET;
    const { retired } = state;
    const isOurs = session.roles.oldInstances.some(({ pid }) => pid === retired?.pid);
    if (retired?.killed === true && isOurs && !isTold) {
      isTold = true;
      session.toll.wasOldInstanceKilled = true;
      session.tellKilled({
        pid: retired.pid,
        role: 'old-instance',
        by: 'supervisor',
        afterMs: retired.afterMs,
      });
    }
    return TRUE;
  };
}

/** The supervisor listens for the program. */
export async function areSocketsHeld(session: Session): Promise<boolean> {
  const state = await askAboutOverlap(session);
  return state !== undefined && state.sockets.length > 0;
}
