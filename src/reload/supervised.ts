import type { ProcId } from '../os/proc.ts';
import type { ProcessInfo } from '../rpc/supervisor.ts';
import { findServer } from '../servers/recognise.ts';
import { serverTypesFor } from '../servers/types-for.ts';
import { describeFailure } from './failure-text.ts';
import { identifyClaimed } from './identify-claimed.ts';
import { findListening } from '../servers/listening.ts';
import type { Session } from './session.ts';
import { NOT_YET, never, TRUE, type Verdict } from './watch.ts';

/** A program that was started this often and is down again does not come up. */
const MAX_STARTS = 4;

/** Asks the supervisor for the program; undefined when there is no supervisor. */
async function askSupervisor(session: Session): Promise<ProcessInfo | string | undefined> {
  const { supervisor, supervisorName } = session.parts;
  if (supervisor === undefined || supervisorName === undefined) return undefined;
  const info = await supervisor.getProcessInfo(supervisorName, {
    abort: session.parts.interruption.atOnce,
  });
  session.answers.supervisorSilence = info.ok ? undefined : describeFailure(info.error);
  return session.answers.supervisorSilence ?? (info.ok ? info.value : undefined);
}

/** Where the master is gone: takes the one that the supervisor runs now, if there is one, for the master. */
export async function adoptRunningMaster(session: Session): Promise<void> {
  const info = await askSupervisor(session);
  if (info === undefined || typeof info === 'string' || info.pid === 0) return;
  const supervised = await identifyClaimed(session, info.pid);
  if (supervised === undefined) return;
  const types = serverTypesFor(session.parts.program?.settings);
  const search = await findServer(session.os, supervised, types);
  if (search.found !== 'server') return;
  session.roles.supervised = supervised;
  session.seen.adopt(search);
  await session.look();
}

/** The same process as before still runs, and the supervisor says so too. */
export async function checkSupervisedRuns(session: Session): Promise<Verdict> {
  const info = await askSupervisor(session);
  const expected = session.roles.supervised;
  if (info === undefined) {
    if (expected === undefined) return TRUE;
    const proc = await session.os.process(expected.pid);
    return proc?.startTicks === expected.startTicks
      ? TRUE
      : never({ why: 'died', role: 'supervised', pid: expected.pid });
  }
  // A supervisor that is slow for a moment is asked again until the limit.
  if (typeof info === 'string') return NOT_YET;
  if (expected !== undefined && info.pid !== expected.pid) {
    return never({ why: 'died', role: 'supervised', pid: expected.pid });
  }
  return info.state === 'RUNNING' ? TRUE : NOT_YET;
}

/**
 * Whether the supervisor holds the program stopped for good. EXITED is not enough where it restarts what exited: that is asked for
 * again by the step itself.
 */
export async function isStopped(session: Session): Promise<boolean> {
  const info = await askSupervisor(session);
  if (info === undefined || typeof info === 'string') return false;
  return (
    info.pid === 0 &&
    (info.state === 'STOPPED' ||
      info.state === 'FATAL' ||
      (info.state === 'EXITED' && !restartsAfterExit(session, info)))
  );
}

function restartsAfterExit(session: Session, info: ProcessInfo): boolean {
  const program = session.parts.program;
  if (program === undefined) return true;
  if (typeof program.autorestart === 'boolean') return program.autorestart;
  return !program.exitcodes.includes(info.exitstatus);
}

/**
 * The program runs and serves: the supervisor says RUNNING, and where a server is found below its process, all
 * workers (at least `workers`) are ready.
 */
export function checkServing(
  session: Session,
  workers: number | undefined,
): () => Promise<Verdict> {
  const pids = new Set<number>();
  return async () => {
    const info = await askSupervisor(session);
    if (info === undefined || typeof info === 'string') return NOT_YET;
    if (info.state === 'FATAL') {
      const message = info.spawnerr || info.description || 'FATAL';
      return never({ why: 'supervisor', message, fault: 'SPAWN_ERROR' });
    }
    if (info.pid !== 0) pids.add(info.pid);
    if (pids.size > MAX_STARTS) {
      return never({ why: 'unsteady', role: 'supervised', ended: pids.size - 1 });
    }
    if (info.state === 'EXITED' && !restartsAfterExit(session, info)) {
      return never({ why: 'supervisor', message: `exited with status ${info.exitstatus}` });
    }
    if (info.state !== 'RUNNING' || info.pid === 0) return NOT_YET;
    return checkServer(session, info.pid, workers);
  };
}

/** RUNNING only says that it has lived for startsecs: what listened before has to listen again, wherever that is now. */
async function checkListens(session: Session, supervised: ProcId): Promise<Verdict> {
  const mustListen = session.traces.listenedOn.length > 0;
  return !mustListen || (await findListening(session.os, supervised)).length > 0 ? TRUE : NOT_YET;
}

/** A server serves when its workers are ready; what nobody knows serves when it runs. */
async function checkServer(
  session: Session,
  pid: number,
  workers: number | undefined,
): Promise<Verdict> {
  const supervised = await identifyClaimed(session, pid);
  if (supervised === undefined) return NOT_YET;
  session.roles.supervised = supervised;
  const types = serverTypesFor(session.parts.program?.settings);
  const search = await findServer(session.os, supervised, types);
  if (search.found === 'booting') return NOT_YET;
  if (search.found === 'none') {
    session.seen.forgetMaster();
    return session.parts.serverType === undefined ? checkListens(session, supervised) : NOT_YET;
  }
  session.seen.adopt(search);
  session.serving.finishingSinceMs = undefined;
  const view = await session.look();
  if (view === undefined) return NOT_YET;
  if (view.isSingle) return checkListens(session, supervised);
  const ready = await session.serving.countReady(view.workers);
  return ready === view.workers.length && ready >= (workers ?? 1) ? TRUE : NOT_YET;
}
