import { isSameProc } from '../os/proc.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, waitUntil } from './watch.ts';

/** gunicorn makes its control socket anew whenever it forks, in a thread of its own (gunicorn/ctl/server.py): within moments. */
const MADE_AGAIN_WITHIN_MS = 1000;

/**
 * Gives a socket file of the master a second name. One that is not there (a control socket that gunicorn could not make), or that
 * another process has already put its own in the place of, is left alone: the worst that follows is a control socket that comes back
 * at the master's next fork.
 */
export async function keepFile(
  session: Session,
  path: string,
  as: string,
  abort: AbortSignal,
): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const stat = await session.os.lstat(path);
    return stat.ok && stat.value.kind === 'socket' && (await masterListens(session, path));
  };
  const end = await waitUntil(
    session,
    async () => ((await isThere()) ? TRUE : NOT_YET),
    MADE_AGAIN_WITHIN_MS,
    abort,
  );
  await session.os.unlink(as);
  if (end.end !== 'true') return;
  const linked = await session.os.link(path, as);
  if (linked.ok) session.keptFiles.add(as);
}

/** Whether one of the master's sockets listens at `path`; true where its sockets cannot be seen. */
async function masterListens(session: Session, path: string): Promise<boolean> {
  if (session.master === undefined) return false;
  const files = await session.os.openFiles(session.master);
  if (!files.ok) return files.error !== 'gone';
  const own = new Set(files.value.map(({ target }) => target));
  const listeners = await session.os.listeners();
  return listeners.some(
    ({ address, inode }) => address === `unix:${path}` && own.has(`socket:[${inode}]`),
  );
}

/** Gives a kept file its first name back. */
export async function restoreFile(session: Session, path: string, from: string): Promise<void> {
  // One that an earlier run kept may be nobody's any more.
  if (!session.keptFiles.delete(from)) return;
  const renamed = await session.os.rename(from, path);
  // rename(2) does nothing when both names are the same file, and leaves the second name.
  if (renamed.ok) await session.os.unlink(from);
}

/** Removes a bridge's pid file when nobody of that pid lives any more. gunicorn 26 leaves it when the new code fails. */
export async function removePidfile(session: Session, path: string): Promise<void> {
  const text = await session.os.readFile(path, 64);
  if (!text.ok) return;
  const pid = Number(text.value.trim());
  const proc = Number.isSafeInteger(pid) && pid > 1 ? await session.os.process(pid) : undefined;
  const isTheBridge =
    proc !== undefined && session.bridge !== undefined && isSameProc(proc, session.bridge);
  if (proc !== undefined && !isTheBridge) return;
  const removed = await session.os.unlink(path);
  if (removed.ok) session.emit({ event: 'tidied', what: 'pidfile', detail: path });
}
