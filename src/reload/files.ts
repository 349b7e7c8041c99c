import { isSameProc } from '../os/proc.ts';
import type { Step } from '../policy/plan.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil } from './watch.ts';

/** gunicorn makes its control socket anew whenever it forks, in a thread of its own (gunicorn/ctl/server.py): within moments. */
const MADE_AGAIN_WITHIN_MS = 1000;

/** Files bear the time of the kernel's last tick, which is a little earlier than now. */
const FILE_TIME_SLACK_MS = 50;

/**
 * Gives a socket file a second name, as soon as it is there. Where it does not come (gunicorn could not make it) nothing is kept: the
 * worst that follows is a control socket that comes back at the master's next fork.
 */
export async function keepFile(
  session: Session,
  step: Extract<Step, { do: 'keep-file' }>,
  abort: AbortSignal,
): Promise<void> {
  const { files, keptFiles } = session;
  const { path, as } = step;
  if (!(await isWanted(session, step))) {
    const kept = await files.lstat(as);
    if (kept.ok && kept.value.kind === 'socket') keptFiles.add(as);
    return;
  }
  await files.unlink(as);
  await waitUntil(
    session,
    async () => {
      const stat = await files.lstat(path);
      if (!stat.ok || stat.value.kind !== 'socket') return NOT_YET;
      const linked = await files.link(path, as);
      if (linked.ok) keptFiles.add(as);
      return TRUE;
    },
    MADE_AGAIN_WITHIN_MS,
    abort,
  );
}

/** Whether the file that is there now is the one to keep, rather than one that was kept before. */
async function isWanted(
  session: Session,
  { path, as, madeSince, unlessKept }: Extract<Step, { do: 'keep-file' }>,
): Promise<boolean> {
  const { os, files } = session;
  if (unlessKept === true) return !(await files.lstat(as)).ok;
  if (madeSince === undefined) return true;
  const stat = await files.lstat(path);
  const since = os.wallClock() - (os.now() - session.stepStart(madeSince));
  return stat.ok && stat.value.mtimeMs >= since - FILE_TIME_SLACK_MS;
}

/** Gives a kept file its first name back. */
export async function restoreFile(session: Session, path: string, from: string): Promise<void> {
  if (!session.keptFiles.delete(from)) return;
  const renamed = await session.files.rename(from, path);
  // rename(2) does nothing when both names are the same file, and leaves the second name.
  if (renamed.ok) await session.files.unlink(from);
}

/** Removes a bridge's pid file when nobody of that pid lives any more. gunicorn 26 leaves it when the new code fails. */
export async function removePidfile(session: Session, path: string): Promise<void> {
  const text = await session.files.readPlain(path, 64);
  if (!text.ok) return;
  const pid = Number(text.value.trim());
  const proc = Number.isSafeInteger(pid) && pid > 1 ? await session.os.process(pid) : undefined;
  const isTheBridge =
    proc !== undefined &&
    session.roles.bridge !== undefined &&
    isSameProc(proc, session.roles.bridge);
  if (proc !== undefined && !isTheBridge) return;
  const removed = await session.files.unlink(path);
  if (removed.ok) session.emit({ event: 'tidied', what: 'pidfile', detail: path });
}
