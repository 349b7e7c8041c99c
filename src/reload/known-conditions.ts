import { isSameProc, type ProcId } from '../os/proc.ts';
import type { Condition } from '../policy/plan.ts';
import type { ServerView } from '../servers/server-view.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, type Verdict } from './watch.ts';

const verdict = (value: boolean): Verdict => (value ? TRUE : NOT_YET);

/** Conditions about the workers of a server of a known type, whose master is there. */
export type KnownCondition = Extract<
  Condition,
  { is: 'reload-begun' | 'workers-complete' | 'retired-gone' | 'workers-idle' }
>;

/** Looks whether such a condition holds. */
export async function checkKnown(
  session: Session,
  condition: KnownCondition,
  view: ServerView,
): Promise<Verdict> {
  switch (condition.is) {
    case 'reload-begun':
      return verdict(
        view.workers.some(({ proc }) => !session.isOld(proc)) ||
          session.oldWorkers.some((old) => !view.workers.some(({ proc }) => isSameProc(proc, old))),
      );
    case 'workers-complete':
      return verdict(
        view.workers.length > 0 && (await session.countReady(view.workers)) === view.workers.length,
      );
    case 'retired-gone':
      return verdict(view.retiring.length === 0);
    case 'workers-idle':
      session.finishingSinceMs ??= session.os.now();
      return verdict(await areIdle(session, view));
  }
}

/**
 * Whether a job runner says that it has no job; of any other server, whether no worker has a socket that its master has not: what it listens on and is told through it has inherited, what it has besides
 * is a connection, to a client or to a database. Where that may not be seen, it is never idle.
 */
async function areIdle(session: Session, view: ServerView): Promise<boolean> {
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
