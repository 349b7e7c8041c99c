import { chmodSync, chownSync, linkSync, lstatSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { errnoOf } from '../errno.ts';

/** Connections that may wait before the program accepts; the usual default of servers. */
const BACKLOG = 128;

/** sun_path of unix(7) without its final NUL. */
const LONGEST_PATH_BYTES = 107;

/** A listening unix socket that this process itself never accepts on. */
export interface ListeningSocket {
  /** For a child's stdio. */
  readonly fd: number;
  /**
   * Gives up our copy; the socket lives on in the child. To be called in the turn of the event loop
   * that opened it. The name is missing for an instant.
   */
  handOver(): void;
  /** Removes the socket's name, unless something else has it by now. */
  removeName(): void;
}

/** Node's internal handle. Public `net` cannot bind without accepting; `cluster` uses this too. */
interface ServerHandle {
  readonly fd: number;
  listen(backlog: number): number;
  close(): void;
}
interface NetInternals {
  _createServerHandle(path: string, port: -1, addressType: -1): ServerHandle | number;
}

/**
 * Makes a listening unix socket at `path`, mode 0600, owned by `owner`. Node would accept as soon as the event loop turns, and its
 * close removes the name, so everything up to `handOver` has to happen in one turn; the name is kept by a second link meanwhile.
 * The socket is non-blocking, as gunicorn wants it; a server that blocks in accept(2) has to change that itself.
 * Throws system errors, EADDRINUSE when the path exists.
 */
export function openListeningSocket(
  path: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): ListeningSocket {
  const keptName = `${path}~`;
  if (Buffer.byteLength(keptName) > LONGEST_PATH_BYTES) {
    throw systemError('ENAMETOOLONG', `a socket's path may have ${LONGEST_PATH_BYTES - 1} bytes`);
  }
  const handle = (net as unknown as NetInternals)._createServerHandle(path, -1, -1);
  if (typeof handle === 'number')
    throw systemError(getSystemErrorName(handle), `cannot bind ${path}`);
  try {
    chmodSync(path, 0o600);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    const failed = handle.listen(BACKLOG);
    if (failed !== 0) throw systemError(getSystemErrorName(failed), `cannot listen on ${path}`);
    rmSync(keptName, { force: true }); // Left by a run that was killed in between.
    linkSync(path, keptName);
  } catch (error) {
    handle.close();
    throw error;
  }
  const { ino } = lstatSync(path);
  return {
    fd: handle.fd,
    handOver: () => {
      handle.close();
      try {
        // Does nothing when Node left the first name alone: both are links to one file (rename(2)).
        renameSync(keptName, path);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error; // Somebody removed the directory: so be it.
      }
      rmSync(keptName, { force: true });
    },
    removeName: () => {
      try {
        if (lstatSync(path).ino === ino) unlinkSync(path);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error; // The program may remove its own socket.
      }
    },
  };
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
