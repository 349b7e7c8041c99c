import { isSameProc } from '../os/proc.ts';
import type { Session } from './session.ts';

/**
 * Gives a file a second name. A file that is not there (a control socket that gunicorn could not make) needs no keeping; one that may
 * not be linked is left alone: the worst that follows is a control socket that has to be made again by the next reload.
 */
export async function keepFile(session: Session, path: string, as: string): Promise<void> {
  const stat = await session.os.lstat(path);
  if (!stat.ok || stat.value.kind !== 'socket') return;
  await session.os.unlink(as);
  await session.os.link(path, as);
}

/** Gives a kept file its first name back. */
export async function restoreFile(session: Session, path: string, from: string): Promise<void> {
  const kept = await session.os.lstat(from);
  if (!kept.ok || kept.value.kind !== 'socket') return;
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
