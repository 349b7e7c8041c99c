import type { Rights } from '../os/credentials.ts';
import { rightsOfProcess } from './boot-context.ts';
import { isSameProc } from '../os/proc.ts';
import type { Condition } from '../policy/plan.ts';
import type { ServerView, WorkerView } from '../servers/server-view.ts';
import { isAlive } from './escalate.ts';
import type { StepFailure } from './events.ts';
import { isStopped, checkServing, checkSupervisedRuns } from './supervised.ts';
import { checkKnown } from './known-conditions.ts';
import { findLeftovers } from './leftover-processes.ts';
import type { Session } from './session.ts';
import {
  areSocketsHeld,
  checkOldInstanceGone,
  checkSuccessor,
  checkSuccessorAppeared,
  isPromoted,
  isSuccessorGone,
} from './successor-conditions.ts';
import { NOT_YET, never, TRUE, verdict, type Verdict } from './watch.ts';
import { MAX_BOOT_DEATHS, readyOf, signatureOf, Steadiness, WorkerWatch } from './worker-watch.ts';

/** Looks at one condition again and again. What it has to remember between looks lives in the closure. */
export type Check = () => Promise<Verdict>;

/** Makes the check of a condition. */
export function checkOf(session: Session, condition: Condition): Check {
  switch (condition.is) {
    case 'bridge-appeared':
      return withMaster(session, (view) => verdict(view.bridge !== undefined));
    case 'bridge-ready':
      return checkBridge(session, { workers: condition.workers, ms: 0, recycles: true });
    case 'bridge-steady':
      return checkBridge(session, condition);
    case 'bridge-gone':
      return async () => verdict(await isBridgeGone(session));
    case 'reload-begun':
    case 'workers-complete':
    case 'retired-gone':
    case 'workers-idle':
      return withMaster(session, (view) => checkKnown(session, condition, view));
    case 'master-ended':
      return async () => {
        // First looked at when it has been told.
        session.finishingSinceMs ??= session.os.now();
        const hasEnded = (await session.look()) === undefined;
        if (hasEnded) session.finishingSinceMs = undefined;
        return verdict(hasEnded);
      };
    case 'told':
    // Of what was open before it was told, open-logs.ts keeps account.
    case 'logs-reopened':
      return () => Promise.resolve(TRUE);
    case 'took-over':
      return () => takeOver(session);
    case 'workers-steady':
      return checkWorkersSteady(session, condition);
    case 'new-worker-appeared':
      return withMaster(session, (view) =>
        verdict(view.workers.some(({ proc }) => !session.isOld(proc))),
      );
    case 'new-workers-ready':
      return checkNewWorkers(session, condition.count);
    case 'code-read-anew':
      return checkCodeReadAnew(session);
    case 'workers-ready':
      return withMaster(session, async (view) =>
        verdict((await session.countReady(view.workers)) >= condition.count),
      );
    case 'workers-at-least':
      return withMaster(session, (view) => verdict(view.workers.length >= condition.count));
    case 'old-workers-left':
      return withMaster(session, (view) =>
        verdict(view.workers.filter(({ proc }) => session.isOld(proc)).length <= condition.atMost),
      );
    case 'drained':
      return async () => {
        const view = await session.look();
        return verdict(view === undefined || view.workers.length === 0);
      };
    case 'settled':
      return checkSettled(session, condition);
    case 'healthy':
      return checkHealthy(session, condition.urls);
    case 'serving':
      return checkServing(session, condition.workers);
    case 'stopped':
      return async () => verdict(await isStopped(session));
    case 'nothing-left':
      return async () => verdict((await findLeftovers(session)).length === 0);
    case 'successor-appeared':
      return checkSuccessorAppeared(session);
    case 'successor-ready':
      return checkSuccessor(session, {
        ...condition,
        ms: 0,
        aliveMs: condition.ms,
        recycles: true,
      });
    case 'successor-steady':
      return checkSuccessor(session, { ...condition, aliveMs: 0 });
    case 'successor-gone':
      return async () => verdict(await isSuccessorGone(session));
    case 'promoted':
      return async () => verdict(await isPromoted(session));
    case 'old-instance-gone':
      return checkOldInstanceGone(session);
    case 'sockets-held':
      return async () => verdict(await areSocketsHeld(session));
  }
}

function withMaster(
  session: Session,
  check: (view: ServerView) => Verdict | Promise<Verdict>,
): Check {
  return async () => {
    const view = await session.look();
    return view === undefined ? never(masterDied(session)) : check(view);
  };
}

function masterDied(session: Session): StepFailure {
  return { why: 'died', role: 'master', pid: session.master?.pid ?? 0 };
}

async function isBridgeGone(session: Session): Promise<boolean> {
  await session.look();
  if (session.bridge === undefined) return true;
  const proc = await session.os.process(session.bridge.pid);
  // A zombie still counts: as long as the master has not reaped it, it ignores another USR2.
  if (proc !== undefined && isSameProc(proc, session.bridge)) return false;
  for (const worker of session.bridgeWorkers) if (await isAlive(session, worker)) return false;
  return true;
}

function checkBridge(
  session: Session,
  wanted: { readonly workers: number; readonly ms: number; readonly recycles: boolean },
): Check {
  const watch = new WorkerWatch();
  const steadiness = new Steadiness(session);
  return withMaster(session, async (view) => {
    const { bridge } = view;
    if (bridge === undefined) {
      return never({ why: 'died', role: 'bridge', pid: session.bridge?.pid ?? 0 });
    }
    const ready = await readyOf(session, bridge.workers);
    watch.note(bridge.workers, ready);
    const { readyEnded, bootEnded } = watch;
    const maxBootEnded = MAX_BOOT_DEATHS * Math.max(1, wanted.workers);
    if ((wanted.ms > 0 && !wanted.recycles && readyEnded > 0) || bootEnded >= maxBootEnded) {
      return never({ why: 'unsteady', role: 'bridge', ended: readyEnded + bootEnded });
    }
    // While it holds, some workers may be on their way at any moment; at least half have to be there.
    const isRecycling = wanted.recycles && wanted.ms > 0;
    const isComplete = ready.length * (isRecycling ? 2 : 1) >= wanted.workers;
    const held = steadiness.heldMs(
      isComplete ? (wanted.recycles ? 'complete' : signatureOf(ready)) : undefined,
    );
    if (isComplete) session.bridgeBytesRead ??= await leastBytesRead(session, ready);
    return verdict(isComplete && held >= wanted.ms);
  });
}

/** The fewest bytes that one of the workers has read from files; undefined where that cannot be seen. */
async function leastBytesRead(
  session: Session,
  workers: readonly WorkerView[],
): Promise<number | undefined> {
  let least: number | undefined;
  for (const { proc } of workers) {
    const bytes = await session.os.bytesRead(proc);
    if (bytes.ok) least = Math.min(least ?? Infinity, bytes.value);
  }
  return least;
}

/**
 * A worker that is forked from a master with the application in it reads little or nothing: measured with 20.1 and 27.0, 0 bytes against
 * 53,000 (sync), and the worker class's own modules with gthread and gevent. Compiled code is shorter than its source, hence the half.
 */
function checkCodeReadAnew(session: Session): Check {
  return withMaster(session, async (view) => {
    const fresh = view.workers.filter(({ proc }) => !session.isOld(proc));
    const proven = session.bridgeBytesRead;
    const read = await leastBytesRead(session, fresh);
    if (proven === undefined || read === undefined || read * 2 >= proven) return TRUE;
    return never({ why: 'old-code', pid: view.proc.pid });
  });
}

/** New workers that came and went, with every old one still there: the server has thought better of it. */
const TAKEN_BACK_MS = 5000;

function checkNewWorkers(session: Session, count: number): Check {
  const watch = new WorkerWatch();
  const steadiness = new Steadiness(session);
  const reload = session.parts.serverType?.actions.reload;
  return withMaster(session, async (view) => {
    const fresh = view.workers.filter(({ proc }) => !session.isOld(proc));
    const ready = await readyOf(session, fresh);
    watch.note(fresh, ready);
    if (watch.bootEnded >= MAX_BOOT_DEATHS * Math.max(1, count)) {
      return never({ why: 'unsteady', role: 'new-workers', ended: watch.bootEnded });
    }
    const isAsBefore =
      reload?.keepsOldWhenBad === true &&
      fresh.length === 0 &&
      view.workers.length === session.oldWorkers.length;
    if (steadiness.heldMs(isAsBefore ? 'as-before' : undefined) >= TAKEN_BACK_MS) {
      const title = session.parts.serverType?.type.title ?? 'the server';
      return never({ why: 'ignored', title, limitMs: TAKEN_BACK_MS });
    }
    return verdict(ready.length >= count);
  });
}

/** The second master becomes the master; the first one may still be finishing what it has. */
async function takeOver(session: Session): Promise<Verdict> {
  await session.look();
  if (session.bridge !== undefined) {
    if (!(await isAlive(session, session.bridge))) {
      return never({ why: 'died', role: 'bridge', pid: session.bridge.pid });
    }
    session.takeOver();
  }
  const view = await session.look();
  return verdict(view !== undefined && (await session.countReady(view.workers)) > 0);
}

/** Exactly so many workers, whatever their age, all ready and the same ones for `ms`. */
function checkWorkersSteady(
  session: Session,
  { count, ms, recycles }: Extract<Condition, { is: 'workers-steady' }>,
): Check {
  const steadiness = new Steadiness(session);
  return withMaster(session, async (view) => {
    const ready = await readyOf(session, view.workers);
    const isComplete = view.workers.length === count && (recycles || ready.length === count);
    const signature = recycles ? 'complete' : signatureOf(ready);
    const held = steadiness.heldMs(isComplete ? signature : undefined);
    return isComplete && held >= ms ? checkSupervisedRuns(session) : NOT_YET;
  });
}

/** Same master, exactly these workers, all of them new and ready, no bridge, the supervisor content, unchanged for `ms`. */
function checkSettled(
  session: Session,
  { workers, ms, recycles }: Extract<Condition, { is: 'settled' }>,
): Check {
  const steadiness = new Steadiness(session);
  const watch = new WorkerWatch();
  return async () => {
    if (session.master === undefined) {
      const runs = await checkSupervisedRuns(session);
      if (runs.is !== 'true') return runs;
      return verdict(steadiness.heldMs('runs') >= ms);
    }
    const view = await session.look();
    if (view === undefined) return never(masterDied(session));
    if (view.isSingle) {
      if (steadiness.heldMs('runs') < ms) return NOT_YET;
      return checkSupervisedRuns(session);
    }
    const fresh = view.workers.filter(({ proc }) => !session.isOld(proc));
    const ready = await readyOf(session, fresh);
    watch.note(fresh, ready);
    if (watch.bootEnded >= MAX_BOOT_DEATHS * Math.max(1, workers ?? 1)) {
      return never({ why: 'unsteady', role: 'new-workers', ended: watch.bootEnded });
    }
    const hasEnough = recycles
      ? ready.length * 2 >= (workers ?? 1)
      : ready.length === fresh.length && (workers === undefined || fresh.length === workers);
    const isComplete =
      view.bridge === undefined &&
      fresh.length === view.workers.length &&
      fresh.length > 0 &&
      hasEnough;
    const signature = recycles ? 'complete' : signatureOf(ready);
    const held = steadiness.heldMs(isComplete ? signature : undefined);
    if (!isComplete || held < ms) return NOT_YET;
    return checkSupervisedRuns(session);
  };
}

const HEALTH_CALL_MS = 5000;

/** What has only just been started had no rights that could be taken before. */
function rightsOfServer({ os, parts, supervised }: Session): Promise<Rights> {
  return parts.rights === 'nobody'
    ? rightsOfProcess(os, supervised)
    : Promise.resolve(parts.rights);
}

function checkHealthy(session: Session, urls: readonly string[]): Check {
  return async () => {
    for (const url of urls) {
      const probe = await session.os.httpGet(
        url,
        HEALTH_CALL_MS,
        await rightsOfServer(session),
        session.parts.interruption.atOnce,
      );
      const isHealthy = probe.ok && probe.status >= 200 && probe.status < 300;
      session.lastUnhealthy = isHealthy
        ? undefined
        : { url, observed: probe.ok ? `status ${probe.status}` : probe.error };
      if (!isHealthy) return NOT_YET;
    }
    return TRUE;
  };
}
