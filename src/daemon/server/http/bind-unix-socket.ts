import { chmodSync, chownSync, linkSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { errnoOf } from '../../../os/errno.ts';

/** Where a unix socket is to be, and whose. */
export interface UnixSocketPlace {
  readonly file: string;
  readonly chmod: number;
  readonly owner: { readonly uid: number; readonly gid: number | undefined } | undefined;
}

/**
 * Makes `server` listen on a unix socket that appears under its name only when it listens, with its mode and owner. A socket on which nobody
 * listens any more is replaced; `onStale` is told. Rejects with EADDRINUSE when somebody does, and with other system errors. The result
 * takes the name away again, if it is still ours.
 */
export async function bindUnixSocket(
  server: Server,
  place: UnixSocketPlace,
  pid: number,
  onStale: (file: string) => void,
): Promise<() => void> {
  const temporary = `${place.file}.${pid}`;
  unlinkIfThere(temporary); // Of a process that had our pid.
  await listen(server, temporary);
  try {
    chmodSync(temporary, place.chmod);
    if (place.owner !== undefined) chownSync(temporary, place.owner.uid, place.owner.gid ?? -1);
    await putInPlace(temporary, place.file, onStale);
  } finally {
    unlinkIfThere(temporary);
  }
  return remover(place.file);
}

/** Takes over a unix socket on which another daemon listens. The result takes the name away again, if it is still ours. */
export function takeUnixSocket({ file, chmod, owner }: UnixSocketPlace): () => void {
  // Somebody may have removed the name: then nobody can connect, with us as little as before.
  if (lstatSync(file, { throwIfNoEntry: false })?.isSocket() !== true) return () => undefined;
  chmodSync(file, chmod);
  if (owner !== undefined) chownSync(file, owner.uid, owner.gid ?? -1);
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
function isStale(file: string): Promise<boolean> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return Promise.resolve(true);
  if (!found.isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => {
      const code = errnoOf(error);
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
