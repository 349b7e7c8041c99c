import { isSameProc, type ProcId } from '../os/proc.ts';
import type { Condition } from '../policy/condition.ts';
import type { MemberOf } from '../base/by-kind.ts';
import type { ServerView, WorkerView } from '../servers/server-view.ts';
import type { StepFailure } from './events.ts';
import { isAlive } from './is-alive.ts';
import type { Session } from './session.ts';
import { checkSupervisedRuns } from './supervised.ts';
import { NOT_YET, never, TRUE, verdict, type Check, type Verdict } from './watch.ts';
import { MAX_BOOT_DEATHS, readyOf, signatureOf, Steadiness, WorkerWatch } from './worker-watch.ts';

/** A check of a master that is there; one that is gone comes back no more. */
export function withMaster(
  session: Session,
  check: (view: ServerView) => Verdict | Promise<Verdict>,
): Check {
  return async () => {
    const view = await session.look();
    return view === undefined ? never(masterDied(session)) : check(view);
  };
}

function masterDied(session: Session): StepFailure {
  return { why: 'died', role: 'master', pid: session.roles.master?.pid ?? 0 };
}

/** The workers of the master that were not there when the change began. */
export const freshOf = (session: Session, { workers }: ServerView): readonly WorkerView[] =>
  workers.filter(({ proc }) => !session.roles.isOld(proc));

/** The workers of the master that were there when the change began. */
export const oldOf = (
  session: Session,
  { workers }: Pick<ServerView, 'workers'>,
): readonly ProcId[] =>
  workers.filter(({ proc }) => session.roles.isOld(proc)).map(({ proc }) => proc);

/** What a second set of workers has to come to. */
export interface WantedWorkers {
  /** undefined: every worker that there is, and one at least. */
  readonly workers: number | undefined;
  readonly ms: number;
  readonly recycles: boolean;
}

/** Whether the workers of a second instance are ready, and have been the same ones for `ms`. */
export function judgeSecond(
  session: Session,
  role: 'bridge' | 'successor',
  wanted: WantedWorkers,
): (
  workers: readonly WorkerView[],
  onComplete?: (ready: readonly WorkerView[]) => Promise<void>,
) => Promise<Verdict> {
  const watch = new WorkerWatch();
  const steadiness = new Steadiness(session);
  const count = wanted.workers ?? 1;
  const isHolding = wanted.ms > 0;
  return async (workers, onComplete) => {
    const ready = await readyOf(session, workers);
    watch.note(workers, ready);
    const { readyEnded, bootEnded } = watch;
    const isUnsteady = isHolding && !wanted.recycles && readyEnded > 0;
    if (isUnsteady || bootEnded >= MAX_BOOT_DEATHS * Math.max(1, count)) {
      return never({ why: 'unsteady', role, ended: readyEnded + bootEnded });
    }
    // While it holds, some workers may be on their way at any moment; at least half have to be there.
    const isEnough = ready.length * (wanted.recycles && isHolding ? 2 : 1) >= count;
    const isComplete =
      isEnough && (wanted.workers !== undefined || ready.length === workers.length);
    const signature = wanted.recycles ? 'complete' : signatureOf(ready);
    const held = steadiness.heldMs(isComplete ? signature : undefined);
    if (isComplete) await onComplete?.(ready);
    return verdict(isComplete && held >= wanted.ms);
  };
}

/** The bridge is there, with so many ready workers for so long. */
export function checkBridge(session: Session, wanted: WantedWorkers): Check {
  const judge = judgeSecond(session, 'bridge', wanted);
  return withMaster(session, ({ bridge }) =>
    bridge === undefined
      ? never({ why: 'died', role: 'bridge', pid: session.roles.bridge?.pid ?? 0 })
      : judge(bridge.workers, async (ready) => {
          session.seen.bridgeBytesRead ??= await leastBytesRead(session, ready);
        }),
  );
}

/** Neither the bridge nor a worker of it is left. */
export async function isBridgeGone(session: Session): Promise<boolean> {
  await session.look();
  if (session.roles.bridge === undefined) return true;
  const proc = await session.os.process(session.roles.bridge.pid);
  // A zombie still counts: as long as the master has not reaped it, it ignores another USR2.
  if (proc !== undefined && isSameProc(proc, session.roles.bridge)) return false;
  for (const worker of session.seen.bridgeWorkers) if (await isAlive(session, worker)) return false;
  return true;
}

/** The second master becomes the master; the first one may still be finishing what it has. */
export async function takeOver(session: Session): Promise<Verdict> {
  await session.look();
  if (session.roles.bridge !== undefined) {
    if (!(await isAlive(session, session.roles.bridge))) {
      return never({ why: 'died', role: 'bridge', pid: session.roles.bridge.pid });
    }
    session.seen.takeOver(session.roles.bridge);
  }
  const view = await session.look();
  return verdict(view !== undefined && (await session.serving.countReady(view.workers)) > 0);
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
 * A worker forked from a master with the application in it reads little: measured with 20.1 and 27.0, 0
 * bytes against 53,000. Compiled code is shorter than its source, hence the half.
 */
export function checkCodeReadAnew(session: Session): Check {
  return withMaster(session, async (view) => {
    const proven = session.seen.bridgeBytesRead;
    const read = await leastBytesRead(session, freshOf(session, view));
    if (proven === undefined || read === undefined || read * 2 >= proven) return TRUE;
    return never({ why: 'old-code', pid: view.proc.pid });
  });
}

/** New workers that came and went, with every old one still there: the server has thought better of it. */
const TAKEN_BACK_MS = 5000;

/** At least so many new workers are ready. */
export function checkNewWorkers(session: Session, count: number): Check {
  const watch = new WorkerWatch();
  const steadiness = new Steadiness(session);
  const reload = session.parts.serverType?.actions.reload;
  return withMaster(session, async (view) => {
    const fresh = freshOf(session, view);
    const ready = await readyOf(session, fresh);
    watch.note(fresh, ready);
    if (watch.bootEnded >= MAX_BOOT_DEATHS * Math.max(1, count)) {
      return never({ why: 'unsteady', role: 'new-workers', ended: watch.bootEnded });
    }
    const isAsBefore =
      reload?.keepsOldWhenBad === true &&
      fresh.length === 0 &&
      view.workers.length === session.roles.oldWorkers.length;
    if (steadiness.heldMs(isAsBefore ? 'as-before' : undefined) >= TAKEN_BACK_MS) {
      return never(ignored(session, TAKEN_BACK_MS));
    }
    return verdict(ready.length >= count);
  });
}

/** The server goes on as before. */
export const ignored = ({ parts }: Session, limitMs: number): StepFailure => ({
  why: 'ignored',
  title: parts.serverType?.type.title ?? 'the server',
  limitMs,
});

/** Exactly so many workers, whatever their age, all ready and the same ones for `ms`. */
export function checkWorkersSteady(
  session: Session,
  { count, ms, recycles }: MemberOf<Condition, 'is', 'workers-steady'>,
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
export function checkSettled(
  session: Session,
  { workers, ms, recycles }: MemberOf<Condition, 'is', 'settled'>,
): Check {
  const steadiness = new Steadiness(session);
  const watch = new WorkerWatch();
  return async () => {
    if (session.roles.master === undefined) {
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
    const fresh = freshOf(session, view);
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

/**
 * Whether a job runner says that it has no job; of any other server, whether no worker has a socket besides
 * those that it has inherited: that is a connection. Where it may not be seen, it is never idle.
 */
export async function areIdle(session: Session, view: ServerView): Promise<boolean> {
  if (session.parts.serverType?.type.countJobs !== undefined) return view.jobs === 0;
  const inherited = await socketsOf(session, view.proc);
  if (inherited === undefined) return false;
  for (const { proc } of view.workers) {
    const sockets = await socketsOf(session, proc);
    if (sockets === undefined || sockets.some((socket) => !inherited.includes(socket))) {
      return false;
    }
  }
  return true;
}

async function socketsOf(session: Session, id: ProcId): Promise<readonly string[] | undefined> {
  const files = await session.os.openFiles(id);
  if (!files.ok) return files.error === 'gone' ? [] : undefined;
  return files.value.map(({ target }) => target).filter((target) => target.startsWith('socket:'));
}
