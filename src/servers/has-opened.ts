import type { Os } from '../os/os.ts';
import type { Proc, ProcId } from '../os/proc.ts';
import type { WorkerRules } from './server-type.ts';

/** Whether a process has open what shows that it serves; undefined where that may not be seen. */
export async function hasOpened(
  os: Os,
  proc: Proc,
  { readyWhenPolling, readyWhenOpen }: Pick<WorkerRules, 'readyWhenPolling' | 'readyWhenOpen'>,
): Promise<boolean | undefined> {
  if (readyWhenOpen !== undefined) {
    const files = await os.openFiles(proc);
    if (!files.ok) return files.error === 'gone' ? false : undefined;
    if (!files.value.some(({ target }) => readyWhenOpen.test(target))) return false;
  }
  return readyWhenPolling === true ? waitsForConnections(os, proc) : true;
}

/** Every listening socket of the machine, as the links of /proc/PID/fd name them. */
export async function listeningSockets(os: Os): Promise<ReadonlySet<string>> {
  return new Set((await os.listeners()).map(({ inode }) => `socket:[${inode}]`));
}

/** Whether a process waits by epoll for connections; undefined where that may not be seen. */
async function waitsForConnections(os: Os, proc: ProcId): Promise<boolean | undefined> {
  const [polled, files] = await Promise.all([os.polledFiles(proc), os.openFiles(proc)]);
  const denied = [polled, files].find((reading) => !reading.ok);
  if (!polled.ok || !files.ok)
    return denied?.ok === false && denied.error === 'gone' ? false : undefined;
  const targets = files.value.filter(({ fd }) => polled.value.includes(fd));
  if (targets.length === 0) return false;
  const listening = await listeningSockets(os);
  return targets.some(({ target }) => listening.has(target));
}
