import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { err, type Result } from '../../base/result.ts';
import type { Listener, Os } from '../../os/os.ts';
import type { Logger } from '../logs/logger.ts';
import type { HandedSocket, KnownSocket } from '../sockets/socket-registry.ts';
import type { SocketsElsewhere } from '../spawn/fetch-sockets.ts';
import type { Legacy } from './find-survivors.ts';
import type { SavedProcess } from './saved-state.ts';

/** What {@link takeBackSockets} needs. */
export interface TakeBackWorld {
  readonly os: Pick<Os, 'me' | 'process' | 'executable' | 'listeners' | 'openFiles'>;
  readonly logger: Logger;
  /** As fetchSockets. */
  readonly fetch: (
    from: SocketsElsewhere,
    interpreters: readonly string[],
  ) => Promise<Result<readonly number[], string>>;
}

/**
 * The listening sockets of a daemon that was killed, from the processes that have got them from it: copies of their descriptors. What cannot be had is
 * told in the log; such a process serves on, as it would under a daemon that holds no sockets. `have` are those that are here already.
 */
export async function takeBackSockets(
  { os, logger, fetch }: TakeBackWorld,
  { survivors, sockets: known }: Pick<Legacy, 'survivors' | 'sockets'>,
  have: readonly HandedSocket[] = [],
): Promise<readonly HandedSocket[]> {
  const missing = known.filter(({ key }) => have.every((each) => each.key !== key));
  if (missing.length === 0) return [];
  const listeners = await os.listeners();
  const taken: HandedSocket[] = [];
  for (const holder of survivors.filter(({ role }) => role === 'main')) {
    const isTaken = ({ key }: KnownSocket): boolean => taken.some((each) => each.key === key);
    const wanted = missing.filter(
      (each) => holder.sockets.includes(each.address) && !isTaken(each),
    );
    if (wanted.length === 0) continue;
    const places = await findIn(os, holder, wanted, listeners);
    const sockets = places.map(({ fd, inode }) => ({ fd, inode }));
    const fetched =
      sockets.length === 0
        ? err('it does not have them open')
        : await fetch({ pid: holder.id.pid, sockets }, await findPythons(os, holder.id));
    if (!fetched.ok) {
      logger.log(
        'warn',
        `could not take back the listening sockets of '${holder.name}' (${holder.id.pid}): ${fetched.error}; until it is started again, it alone has them`,
      );
      continue;
    }
    for (const [index, { socket }] of places.entries()) {
      const fd = fetched.value[index];
      if (fd !== undefined) taken.push({ ...socket, fd });
    }
  }
  return taken;
}

interface Place {
  readonly socket: KnownSocket;
  readonly fd: number;
  readonly inode: number;
}

/** A process may have several copies of a socket: one is enough. */
async function findIn(
  os: Pick<Os, 'openFiles'>,
  { id }: SavedProcess,
  wanted: readonly KnownSocket[],
  listeners: readonly Listener[],
): Promise<readonly Place[]> {
  const files = await os.openFiles(id);
  if (!files.ok) return [];
  return wanted.flatMap((socket) => {
    const inodes = listeners.filter(({ address }) => address === socket.address);
    for (const { inode } of inodes) {
      const file = files.value.find(({ target }) => target === `socket:[${inode}]`);
      if (file !== undefined) return [{ socket, fd: file.fd, inode }];
    }
    return [];
  });
}

const SYSTEM_PYTHONS = ['/usr/bin/python3', '/usr/local/bin/python3'];

/** The process's own only where it is of our user: nobody else's program is to run as us. */
async function findPythons(
  os: Pick<Os, 'me' | 'process' | 'executable'>,
  id: SavedProcess['id'],
): Promise<readonly string[]> {
  const found = SYSTEM_PYTHONS.filter((path) => existsSync(path));
  const proc = await os.process(id.pid);
  const executable = await os.executable(id);
  if (proc?.uid !== os.me.uid || !executable.ok) return found;
  return /^python[\d.]*$/.test(basename(executable.value)) ? [...found, executable.value] : found;
}
