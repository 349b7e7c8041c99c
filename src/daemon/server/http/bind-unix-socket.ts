import { randomInt } from 'node:crypto';
import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { errnoOf } from '../../../os/errno.ts';
import { claimName } from '../../../os/own-name.ts';
import { giveSocket } from '../../../os/give-socket.ts';
import { isUnixSocketAlive } from '../../../os/unix-socket-alive.ts';

/** Where a unix socket is to be, and whose. */
export interface UnixSocketPlace {
  readonly file: string;
  readonly chmod: number;
  readonly owner: { readonly uid: number; readonly gid: number | undefined } | undefined;
}

/** So that the name of a socket that is not in its place yet has at most ten digits behind it. */
const LARGEST_SUFFIX = 2 ** 32;

/**
 * Makes `server` listen on a unix socket that appears under its name only when it listens, with its mode and owner. A socket on which nobody
 * listens any more is replaced; `onStale` is told. What another user has put there in a directory for everybody is moved away, and `onForeign` told.
 * Rejects with EADDRINUSE when somebody listens, and with other system errors. The result takes the name away again, if it is still ours.
 */
export async function bindUnixSocket(
  server: Server,
  place: UnixSocketPlace,
  uid: number,
  tell: {
    readonly onStale: (file: string) => void;
    readonly onForeign: (news: string) => void;
  },
): Promise<() => void> {
  const { path: file, news } = claimName(place.file, uid);
  news.forEach(tell.onForeign);
  // A name that nobody can foresee: else somebody could be there before us.
  const temporary = `${file}.${randomInt(LARGEST_SUFFIX)}`;
  await listen(server, temporary);
  try {
    giveSocket(temporary, place);
    await putInPlace(temporary, file, tell.onStale);
  } finally {
    unlinkIfThere(temporary);
  }
  return remover(file);
}

/** Takes over a unix socket on which another daemon listens. The result takes the name away again, if it is still ours. */
export function takeUnixSocket({ file, chmod, owner }: UnixSocketPlace): () => void {
  // Somebody may have removed the name: then nobody can connect, with us as little as before.
  if (lstatSync(file, { throwIfNoEntry: false })?.isSocket() !== true) return () => undefined;
  giveSocket(file, { chmod, owner });
  return remover(file);
}

function remover(file: string): () => void {
  const { ino } = lstatSync(file);
  return () => {
    if (lstatSync(file, { throwIfNoEntry: false })?.ino === ino) unlinkIfThere(file);
  };
}

/** Nobody else can connect before the mode is set. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(0o177);
    try {
      // Node binds before listen() returns.
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** A hard link fails where the name is taken: of two who try at the same time, one gets it. */
async function putInPlace(
  temporary: string,
  file: string,
  onStale: (file: string) => void,
): Promise<void> {
  for (;;) {
    try {
      linkSync(temporary, file);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if (!(await isStale(file))) {
      throw Object.assign(new Error(`${file} is in use`), { code: 'EADDRINUSE' });
    }
    onStale(file);
    unlinkIfThere(file);
  }
}

/** A socket on which nobody listens. What is no socket is somebody's file, and stays. */
async function isStale(file: string): Promise<boolean> {
  const state = await isUnixSocketAlive(file);
  return state === 'dead' || state === 'missing';
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
