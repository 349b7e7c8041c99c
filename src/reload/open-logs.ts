import { isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import type { Os } from '../os/os.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, verdict, type Verdict } from './watch.ts';

/** A log file that a process has open: a regular file, opened for appending. */
interface OpenLog {
  readonly holder: ProcId;
  readonly path: string;
  /** Device and inode: the file, whatever its name is by now. */
  readonly file: string;
}

/** The log files that these processes have open; undefined where that may not be seen. */
async function listOpenLogs(
  os: Os,
  procs: readonly Proc[],
): Promise<readonly OpenLog[] | undefined> {
  const logs: OpenLog[] = [];
  for (const holder of procs) {
    const files = await os.openFiles(holder);
    if (!files.ok) {
      if (files.error === 'gone') continue;
      return undefined;
    }
    for (const { fd, target } of files.value) {
      if (!target.startsWith('/') || /^\/(dev|proc|memfd:)/u.test(target)) continue;
      if (!(await appends(os, holder, fd))) continue;
      const stat = await os.openFileStat(holder, fd);
      if (!stat.ok || stat.value.kind !== 'file') continue;
      logs.push({ holder, path: target, file: `${stat.value.dev}:${stat.value.ino}` });
    }
  }
  return logs;
}

/** O_APPEND, as /proc/PID/fdinfo has it: octal (proc_pid_fdinfo(5)). */
const O_APPEND = 0o2000;

async function appends(os: Os, { pid }: ProcId, fd: number): Promise<boolean> {
  const info = await os.files('ours').readFile(`/proc/${pid}/fdinfo/${fd}`, 1024);
  const flags = info.ok ? /^flags:\s*([0-7]+)$/mu.exec(info.value)?.[1] : undefined;
  return flags !== undefined && (Number.parseInt(flags, 8) & O_APPEND) !== 0;
}

/** The names of the log files that a server has open, each once; 'unseen' where that may not be looked at. */
export async function openLogPaths(
  os: Os,
  procs: readonly Proc[],
): Promise<readonly string[] | 'unseen'> {
  const logs = await listOpenLogs(os, procs);
  return logs === undefined ? 'unseen' : [...new Set(logs.map(({ path }) => path))].sort();
}

/** After a server has shown no effect for so long, it had none to show: no log file was moved away. */
const NOTHING_TO_SEE_MS = 2500;

/** What the name of a file looks like that a rotation has moved away, and what the kernel adds to one that was removed. */
const MOVED_AWAY = /(\.\d+|[-.]\d{8}(-\d+)?|\.(old|bak|rotated))$| \(deleted\)$/u;

/**
 * Looks whether the log files that are open now are opened anew. A file that one process has let go was moved away: all have to let it go.
 * So has every file with a name that a rotation gives. Where neither is so, the files are where they belong, and there is nothing to be seen.
 */
export async function watchLogs(
  session: Session,
  by: 'all' | 'master',
): Promise<() => Promise<Verdict>> {
  const before = (await listSessionLogs(session, by)) ?? [];
  const since = session.os.now();
  return async () => {
    const now = await listSessionLogs(session, by);
    if (now === undefined) return TRUE;
    const isHeld = ({ holder, file }: OpenLog): boolean =>
      now.some((log) => log.file === file && isSameProc(log.holder, holder));
    const wasMoved = ({ file, path }: OpenLog): boolean =>
      MOVED_AWAY.test(path) || before.some((log) => log.file === file && !isHeld(log));
    const held = before.filter(isHeld);
    if (held.some(wasMoved)) return NOT_YET;
    const hasChanged = held.length < before.length;
    return verdict(hasChanged || session.os.now() - since >= NOTHING_TO_SEE_MS);
  };
}

async function listSessionLogs(
  session: Session,
  by: 'all' | 'master',
): Promise<readonly OpenLog[] | undefined> {
  const view = await session.look();
  if (view === undefined) return [];
  const workers = by === 'master' ? [] : view.workers.map(({ proc }) => proc);
  return listOpenLogs(session.os, [view.proc, ...workers]);
}
