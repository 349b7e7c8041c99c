import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import type { ProcessInfo, Supervisor } from '../rpc/supervisor.ts';
import { findServer } from '../servers/recognise.ts';
import { isAlive } from './is-alive.ts';
import { canBeLoaded } from './explain-boot.ts';
import { identifyClaimed } from './identify-claimed.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil } from './watch.ts';

/** The supervisor starts the program again within its back-off of a few seconds; a boot is added to that. */
const RESTART_MS = 60_000;

/** gunicorn tries to bind five times, a second apart (gunicorn/sock.py): a master without workers for this long waits for the port. */
const WAITS_FOR_PORT_MS = 700;

/** supervisord starts what exited in the same pass of its loop, or not at all (autorestart). */
const RESTARTS_BY_ITSELF_MS = 2500;

/** What gunicorn's stop takes at most beyond its graceful_timeout is a moment; what is left then is KILLed by the next run. */
const BRIDGE_EXIT_MS = 35_000;

/**
 * The master died while the bridge serves. The supervisor starts the program again, but the new master refuses to start while the pid file
 * names the bridge, which takes it over when it sees that it is alone (gunicorn/arbiter.py, maybe_promote_master), and cannot bind
 * what the bridge listens on: as soon as it waits for the port, the bridge and the dead master's workers give way. True when the
 * program serves again under the supervisor. Where the code does not load any more, the bridge stays: nobody else serves.
 */
export async function recoverFromLostMaster(session: Session): Promise<boolean> {
  const { bridge } = session.roles;
  const { supervisor, supervisorName, interruption, serverType } = session.parts;
  if (supervisor === undefined || supervisorName === undefined) return false;
  if (bridge === undefined || serverType === undefined) return false;
  // What was kept for the dead master is nobody's any more; the new one makes its own.
  for (const file of session.keptFiles) await session.files.unlink(file);
  // A new master can only bind when the bridge has gone: not for code that would not come up then.
  if (!(await canBeLoaded(session))) return false;
  const orphans = [bridge, ...session.seen.masterWorkers];
  const starter = new Starter(session, supervisor, supervisorName);
  let isTold = false;
  let alone: { readonly pid: number; readonly since: number } | undefined;
  const end = await waitUntil(
    session,
    async () => {
      await releasePidfile(session, bridge);
      const info = await supervisor.getProcessInfo(supervisorName);
      if (!info.ok) return NOT_YET;
      await starter.startIfGivenUp(info.value);
      const root = await identifyClaimed(session, info.value.pid);
      if (root === undefined) return NOT_YET;
      const search = await findServer(session.os, root, [serverType.type]);
      if (search.found !== 'server') return NOT_YET;
      const { proc } = search.live;
      if (isSameProc(proc, bridge)) return NOT_YET;
      session.roles.supervised = root;
      session.seen.adopt(search);
      const view = await session.look();
      const workers = view?.workers ?? [];
      if (workers.length > 0) {
        isTold ||= await tellToGo(session, orphans);
        const isUp = info.value.state === 'RUNNING';
        return isUp && (await session.serving.countReady(workers)) === workers.length
          ? TRUE
          : NOT_YET;
      }
      const now = session.os.now();
      if (alone?.pid !== proc.pid) alone = { pid: proc.pid, since: now };
      else if (now - alone.since > WAITS_FOR_PORT_MS) isTold ||= await tellToGo(session, orphans);
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

/** The second master that a dead one has left: it was on its way when the first one died. */
export async function findOrphanedBridge(session: Session): Promise<ProcId | undefined> {
  const { master } = session.roles;
  const { os } = session;
  const { rights } = session.parts;
  if (master === undefined) return undefined;
  if (rights === 'nobody') return undefined;
  const uid = rights === 'ours' ? os.me.uid : rights.uid;
  for (const proc of await os.processes()) {
    if (hasEnded(proc) || proc.startTicks < master.startTicks) continue;
    // Anybody can write our master's pid into an environment.
    if (proc.uid !== uid) continue;
    const environment = await os.environment(proc);
    const isSuccessor = environment.ok && environment.value.GUNICORN_PID === String(master.pid);
    // The workers of a second master have its environment too.
    if (isSuccessor && proc.ppid !== master.pid && !(await hasSuchParent(session, proc))) {
      return { pid: proc.pid, startTicks: proc.startTicks };
    }
  }
  return undefined;
}

async function hasSuchParent(session: Session, proc: Proc): Promise<boolean> {
  const parent = await session.os.process(proc.ppid);
  if (parent === undefined) return false;
  const environment = await session.os.environment(parent);
  return (
    environment.ok && environment.value.GUNICORN_PID === String(session.roles.master?.pid ?? 0)
  );
}

/** Starts the program where the supervisor will not do it any more. */
class Starter {
  readonly #session: Session;
  readonly #supervisor: Supervisor;
  readonly #name: string;
  #downSince: number | undefined;

  constructor(session: Session, supervisor: Supervisor, name: string) {
    this.#session = session;
    this.#supervisor = supervisor;
    this.#name = name;
  }

  async startIfGivenUp({ state }: ProcessInfo): Promise<void> {
    const now = this.#session.os.now();
    if (state !== 'EXITED' && state !== 'FATAL') {
      this.#downSince = undefined;
      return;
    }
    this.#downSince ??= now;
    if (state === 'EXITED' && now - this.#downSince < RESTARTS_BY_ITSELF_MS) return;
    this.#downSince = undefined;
    // Should it fail, the state is looked at again.
    await this.#supervisor.startProcess(this.#name, false);
  }
}

/** Takes the pid file away from the bridge. gunicorn removes a pid file at its end only when it holds its own pid. */
async function releasePidfile(session: Session, bridge: ProcId): Promise<void> {
  const { pidfile } = session.parts;
  if (pidfile === undefined) return;
  const text = await session.files.readPlain(pidfile, 64);
  if (!text.ok || Number(text.value.trim()) !== bridge.pid) return;
  const removed = await session.files.unlink(pidfile);
  if (removed.ok) session.emit({ event: 'tidied', what: 'pidfile', detail: pidfile });
}

async function tellToGo(session: Session, orphans: readonly ProcId[]): Promise<boolean> {
  for (const [index, id] of orphans.entries()) {
    const outcome = await session.os.kill(id, 'SIGTERM');
    session.emit({
      event: 'signal',
      signal: 'SIGTERM',
      pid: id.pid,
      role: index === 0 ? 'bridge' : 'old-workers',
      via: 'direct',
      outcome,
    });
  }
  return true;
}
