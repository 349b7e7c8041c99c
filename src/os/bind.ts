import { closeSync, lstatSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { err, ok, type Result } from '../base/result.ts';
import { errnoOf } from './errno.ts';
import { giveExactSocket } from './give-socket.ts';

/**
 * The part of Node's internal handle that is used. Public `net` has no way to bind without accepting; `cluster` uses this one. A handle that is
 * only bound is not watched by the event loop, and stays until it is closed (src/handle_wrap.cc).
 */
interface ServerHandle {
  readonly fd: number;
  getsockname?(out: { address?: string; port?: number }): number;
  close(): void;
}
interface NetInternals {
  _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6 | -1,
  ): ServerHandle | number;
}

/** A socket that we have bound; `close` also removes the name of a unix socket where that still is its own. */
export interface OurSocket<T> {
  readonly fd: number;
  readonly value: T;
  readonly close: () => void;
}

/** Binds a TCP socket with our own rights. The error is the name of a system error. */
export function bindTcpOurselves(
  address: string,
  port: number,
): Result<OurSocket<{ readonly address: string; readonly port: number }>, string> {
  const created = create(address, port, net.isIPv6(address) ? 6 : 4);
  if (!created.ok) return created;
  const handle = created.value;
  const name: { address?: string; port?: number } = {};
  // libuv keeps the EADDRINUSE of bind(2) to itself until the socket is used (uv__tcp_bind).
  const failed = handle.getsockname?.(name) ?? 0;
  if (failed !== 0) {
    handle.close();
    return err(getSystemErrorName(failed));
  }
  return ok({
    fd: handle.fd,
    value: { address: name.address ?? address, port: name.port ?? port },
    close: () => {
      handle.close();
    },
  });
}

/**
 * Binds a unix socket with our own rights, in the place of one on which nobody listens: who calls has found out. Nobody else may be able to exchange
 * a directory of the path. The error is the name of a system error.
 */
export function bindUnixOurselves(
  path: string,
  mode: number,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Result<OurSocket<undefined>, string> {
  try {
    const stale = lstatSync(path, { throwIfNoEntry: false });
    if (stale !== undefined && !stale.isSocket()) return err('EEXIST');
    rmSync(path, { force: true });
    // From its first moment the name has to be no more open than was asked for.
    const umask = process.umask(0o777 & ~mode);
    const created = create(path, -1, -1);
    process.umask(umask);
    if (!created.ok) return created;
    const handle = created.value;
    const { ino, dev } = lstatSync(path);
    const close = (): void => {
      closeUnix(handle, path, ino);
    };
    const given = owner === undefined ? ok(true) : giveExactSocket(path, { ino, dev }, owner);
    if (!given.ok) {
      close();
      return given;
    }
    return ok({ fd: handle.fd, value: undefined, close });
  } catch (error) {
    return err(nameOf(error));
  }
}

/** Closes a descriptor of ours that Node knows nothing of. */
export function closeFd(fd: number): void {
  closeSync(fd);
}

/** Closing a handle removes its name, whatever has that name by now (libuv, uv__pipe_close): what is not ours is put aside meanwhile. */
function closeUnix(handle: ServerHandle, path: string, ino: number): void {
  const aside = `${path}~`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  const isForeign = found !== undefined && found.ino !== ino;
  try {
    if (isForeign) renameSync(path, aside);
    handle.close();
    if (isForeign) renameSync(aside, path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error; // The directory is gone, or not ours any more: then the name is nobody's business.
  }
}

function nameOf(error: unknown): string {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return code;
}

function create(address: string, port: number, type: 4 | 6 | -1): Result<ServerHandle, string> {
  const handle = (net as unknown as NetInternals)._createServerHandle(address, port, type);
  return typeof handle === 'number' ? err(getSystemErrorName(handle)) : ok(handle);
}
