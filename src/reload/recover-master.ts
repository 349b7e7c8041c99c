import { hasEnded, isSameProc, type ProcId } from '../os/proc.ts';
import { findGunicornMaster } from '../servers/gunicorn/find-master.ts';
import { isAlive } from './escalate.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil } from './watch.ts';

/** The supervisor starts the program again within its back-off of a few seconds; a boot is added to that. */
const RESTART_MS = 60_000;

/** gunicorn tries to bind five times, a second apart (gunicorn/sock.py): a master without workers for this long waits for the port. */
const WAITS_FOR_PORT_MS = 700;

/** What gunicorn's stop takes at most beyond its graceful_timeout is a moment; what is left then is KILLed by the next run. */
const BRIDGE_EXIT_MS = 35_000;

/**
 * The master died while the bridge serves. The supervisor starts the program again, but the new master cannot bind what the bridge listens
 * on: as soon as it waits for the port, the bridge gives way. True when the program serves again under the supervisor.
 */
export async function recoverFromLostMaster(session: Session): Promise<boolean> {
  const { bridge } = session;
  const { supervisor, supervisorName, interruption } = session.parts;
  if (supervisor === undefined || supervisorName === undefined || bridge === undefined)
    return false;
  let isTold = false;
  let alone: { readonly pid: number; readonly since: number } | undefined;
  const end = await waitUntil(
    session,
    async () => {
      const info = await supervisor.getProcessInfo(supervisorName);
      const root =
        info.ok && info.value.pid !== 0 ? await session.os.process(info.value.pid) : undefined;
      if (root === undefined || hasEnded(root)) return NOT_YET;
      const search = await findGunicornMaster(session.os, root);
      if (search.found !== 'master' || isSameProc(search.proc, bridge)) return NOT_YET;
      session.supervised = { pid: root.pid, startTicks: root.startTicks };
      session.master = { pid: search.proc.pid, startTicks: search.proc.startTicks };
      const view = await session.look();
      const workers = view?.workers ?? [];
      if (workers.length > 0) {
        isTold ||= await tellToGo(session, bridge);
        return (await session.countReady(workers)) === workers.length ? TRUE : NOT_YET;
      }
      const now = session.os.now();
      if (alone?.pid !== search.proc.pid) alone = { pid: search.proc.pid, since: now };
      else if (now - alone.since > WAITS_FOR_PORT_MS) isTold ||= await tellToGo(session, bridge);
      return NOT_YET;
    },
    RESTART_MS,
    interruption.atOnce,
  );
  if (end.end !== 'true') return false;
  await waitUntil(
    session,
    async () => ((await isAlive(session, bridge)) ? NOT_YET : TRUE),
    BRIDGE_EXIT_MS,
    interruption.atOnce,
  );
  return !(await isAlive(session, bridge));
}

async function tellToGo(session: Session, bridge: ProcId): Promise<boolean> {
  const outcome = await session.os.kill(bridge, 'SIGTERM');
  session.emit({
    event: 'signal',
    signal: 'SIGTERM',
    pid: bridge.pid,
    role: 'bridge',
    via: 'direct',
    outcome,
  });
  return true;
}
