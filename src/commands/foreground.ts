import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseUnixListeners } from '../os/linux/listeners.ts';
import { readingError } from '../os/errno.ts';
import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';

/** The name of the socket on which a `reloadctl run` listens, in a directory of its own. */
export const CONTROL_SOCKET_NAME = 'reloadctl-run.sock';

/**
 * Where the `reloadctl run` that `proc` is can be asked: the path of its control socket as we see it, through its own root directory, which may be
 * another one than ours. Undefined when it is none, or none that we may look at. It is known by the socket that it has open, not by its command line.
 */
export async function findControlSocket(os: Os, proc: ProcId): Promise<string | undefined> {
  const executable = await os.executable(proc);
  if (!executable.ok || !/^node(js)?\b/.test(basename(executable.value))) return undefined;
  const files = await os.openFiles(proc);
  if (!files.ok) return undefined;
  const open = new Set(files.value.map(({ target }) => target));
  const path = listUnixSockets(proc.pid).find(
    (socket) => open.has(`socket:[${socket.inode}]`) && NAMED.test(socket.address),
  )?.address;
  if (path === undefined) return undefined;
  return `/proc/${proc.pid}/root${path.slice('unix:'.length).replace(/\.\d+$/, '')}`;
}

/** It is bound under another name than that under which it is found. */
const NAMED = new RegExp(`^unix:/.*/${CONTROL_SOCKET_NAME.replaceAll('.', '\\.')}(\\.\\d+)?$`);

/** Those of the network that the process sees. */
function listUnixSockets(pid: number): ReturnType<typeof parseUnixListeners> {
  try {
    return parseUnixListeners(readFileSync(`/proc/${pid}/net/unix`, 'utf8'));
  } catch (error) {
    readingError(error); // Throws what is no system error. The process has gone, or may not be looked at.
    return [];
  }
}
