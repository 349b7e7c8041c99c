import { lookup } from 'node:dns/promises';
import { lchownSync, lstatSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { err, ok, type Result } from '../../base/result.ts';
import { formatSocketAddress, type SocketAddress } from '../../config/socket-address.ts';
import { errnoOf } from '../../os/errno.ts';
import { isUnixSocketAlive } from '../../os/unix-socket-alive.ts';

/** A listening socket to make. */
export interface SocketRequest {
  readonly address: SocketAddress;
  /** Connections that may wait to be accepted (listen(2)). */
  readonly backlog: number;
  /** Of the name of a unix socket. */
  readonly mode: number;
  /** Of the name of a unix socket; undefined: ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** A bound socket that this process holds and never accepts on. */
export interface BoundSocket {
  readonly fd: number;
  /** Where it really is: with the port that the kernel has chosen for port 0. */
  readonly address: string;
  /** Closes it, and removes its name where that still is its own. */
  close(): void;
}

/** sun_path of unix(7) without its final NUL; libuv cuts off what is longer. */
const LONGEST_PATH_BYTES = 107;

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

/**
 * Binds a socket, without listen(2): libuv would accept from then on. The name of a unix socket on which nobody listens is taken over, as gunicorn does. The error is a system error's name ('EADDRINUSE'), or a sentence.
 */
export async function bindSocket(request: SocketRequest): Promise<Result<BoundSocket, string>> {
  const { address } = request;
  if (address.kind === 'tcp') return bindTcp(address.host, address.port);
  const isAlive = (await isUnixSocketAlive(address.path)) === 'alive';
  return isAlive ? err('EADDRINUSE') : bindUnix(address.path, request);
}

async function bindTcp(host: string, port: number): Promise<Result<BoundSocket, string>> {
  const resolved = await resolve(host);
  if (!resolved.ok) return resolved;
  const created = create(resolved.value, port, net.isIPv6(resolved.value) ? 6 : 4);
  if (!created.ok) return created;
  const handle = created.value;
  const name: { address?: string; port?: number } = {};
  // libuv keeps the EADDRINUSE of bind(2) to itself until the socket is used (uv__tcp_bind).
  const failed = handle.getsockname?.(name) ?? 0;
  if (failed !== 0) {
    handle.close();
    return err(getSystemErrorName(failed));
  }
  const address = formatSocketAddress({
    kind: 'tcp',
    host: name.address ?? host,
    port: name.port ?? port,
  });
  return ok({
    fd: handle.fd,
    address,
    close: () => {
      handle.close();
    },
  });
}

/** A name is one of IPv4, as for gunicorn (gunicorn/sock.py, _sock_type). */
async function resolve(host: string): Promise<Result<string, string>> {
  if (host === '') return ok('0.0.0.0');
  if (net.isIP(host) !== 0) return ok(host);
  try {
    return ok((await lookup(host, { family: 4 })).address);
  } catch (error) {
    return err(nameOf(error));
  }
}

function bindUnix(
  path: string,
  { mode, owner }: Pick<SocketRequest, 'mode' | 'owner'>,
): Result<BoundSocket, string> {
  if (path.startsWith('\0')) return err('sockets without a name in the file system are not held');
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) return err('ENAMETOOLONG');
  try {
    const stale = lstatSync(path, { throwIfNoEntry: false });
    if (stale !== undefined && !stale.isSocket()) return err(`${path} is not a socket`);
    rmSync(path, { force: true });
    // From its first moment the name has to be no more open than was asked for.
    const umask = process.umask(0o777 & ~mode);
    const created = create(path, -1, -1);
    process.umask(umask);
    if (!created.ok) return created;
    const handle = created.value;
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
    const { ino } = lstatSync(path);
    return ok({
      fd: handle.fd,
      address: `unix:${path}`,
      close: () => {
        closeUnix(handle, path, ino);
      },
    });
  } catch (error) {
    return err(nameOf(error));
  }
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
