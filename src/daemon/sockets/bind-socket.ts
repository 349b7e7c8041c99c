import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import { formatSocketAddress, type SocketAddress } from '../../config/socket-address.ts';
import {
  bindTcpAsUser,
  bindUnixAsUser,
  removeSocketAsUser,
} from '../../os/as-user/bind-as-user.ts';
import { bindTcpOurselves, bindUnixOurselves, closeFd } from '../../os/bind.ts';
import type { Credentials, Rights } from '../../os/credentials.ts';
import { errnoOf } from '../../os/errno.ts';
import { giveExactSocket } from '../../os/give-socket.ts';
import type { Os } from '../../os/os.ts';
import { rightsAt } from '../../os/rights-at.ts';

/** A listening socket to make. */
export interface SocketRequest {
  readonly address: SocketAddress;
  /** Connections that may wait to be accepted (listen(2)). */
  readonly backlog: number;
  /** Of the name of a unix socket. */
  readonly mode: number;
  /** Of the name of a unix socket; undefined: ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Those of whoever asks for it: of the program, where its own settings do, and ours for what the administrator's file names. */
  readonly rights: Rights;
}

/** A bound socket that this process holds and never accepts on. */
export interface BoundSocket {
  readonly fd: number;
  /** Where it really is: with the port that the kernel has chosen for port 0. */
  readonly address: string;
  /** As whom listen(2) is called, of which clients are told (SO_PEERCRED of unix(7)); undefined: us. */
  readonly user?: Credentials | undefined;
  /** Closes it at once, and removes its name where that still is its own; resolves when that has been done. */
  close(): Promise<void>;
}

/** What binding asks of the system. */
export type BindingOs = Pick<Os, 'me' | 'files' | 'pathWriters' | 'rightsOf' | 'userById'>;

/** sun_path of unix(7) without its final NUL; libuv cuts off what is longer. */
const LONGEST_PATH_BYTES = 107;

/**
 * Binds a socket, without listen(2): libuv would accept from then on. The name of a unix socket on which nobody listens is taken over, as gunicorn
 * does; whether somebody does is found out by connecting. The error is a system error's name ('EADDRINUSE'), or a sentence.
 */
export async function bindSocket(
  os: BindingOs,
  request: SocketRequest,
): Promise<Result<BoundSocket, string>> {
  const { address, rights } = request;
  return address.kind === 'tcp'
    ? bindTcp(os, address, rights)
    : bindUnix(os, address.path, request);
}

/** A socket that we have open without having bound it. */
export function inheritSocket(os: BindingOs, fd: number, address: string): BoundSocket {
  const path = address.startsWith('unix:') ? address.slice('unix:'.length) : undefined;
  const found = path === undefined ? undefined : os.files('ours').lstat(path);
  return {
    fd,
    address,
    async close() {
      closeFd(fd);
      const was = await found;
      if (path === undefined || was?.ok !== true || was.value.kind !== 'socket') return;
      // Who has bound it is not known any more, but who decides what that name means is.
      const rights = await rightsAt(os, 'ours', path);
      const files = os.files(rights);
      const is = await files.lstat(path);
      const isSame = is.ok && is.value.ino === was.value.ino && is.value.dev === was.value.dev;
      if (isSame) await files.unlink(path);
    },
  };
}

async function bindTcp(
  { me }: BindingOs,
  { host, port }: Extract<SocketAddress, { readonly kind: 'tcp' }>,
  rights: Rights,
): Promise<Result<BoundSocket, string>> {
  const resolved = await resolve(host);
  if (!resolved.ok) return resolved;
  if (rights === 'nobody') return err('EACCES');
  const user = asOther(rights, me);
  const bound =
    user === undefined
      ? bindTcpOurselves(resolved.value, port)
      : await bindTcpAsUser(user, resolved.value, port);
  if (!bound.ok) return bound;
  const { fd, value, close } = bound.value;
  return ok({
    fd,
    address: formatSocketAddress({ kind: 'tcp', host: value.address, port: value.port }),
    user,
    close: () => {
      close();
      return Promise.resolve();
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
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(code);
  }
}

async function bindUnix(
  os: BindingOs,
  path: string,
  request: Pick<SocketRequest, 'mode' | 'owner' | 'rights'>,
): Promise<Result<BoundSocket, string>> {
  if (path.startsWith('\0')) return err('sockets without a name in the file system are not held');
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) return err('ENAMETOOLONG');
  const rights = await rightsAt(os, request.rights, path);
  if (rights === 'nobody') return err('others than root can exchange the directory of its path');
  const files = os.files(rights);
  const before = await files.lstat(path);
  if (before.ok && before.value.kind !== 'socket') return err(`${path} is not a socket`);
  if (before.ok) {
    const somebody = await files.connect(path);
    if (somebody.ok) somebody.value.destroy();
    if (somebody.ok) return err('EADDRINUSE');
    if (!NOBODY.has(somebody.error)) return err(somebody.error);
  }
  const user = asOther(rights, os.me);
  return user === undefined
    ? bindOurselves(path, request)
    : bindAsUser(user, path, request.rights === 'ours', request);
}

/** What connect(2) says of a socket on which nobody listens, and of one that has gone meanwhile. */
const NOBODY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);

function bindOurselves(
  path: string,
  { mode, owner }: Pick<SocketRequest, 'mode' | 'owner'>,
): Result<BoundSocket, string> {
  const bound = bindUnixOurselves(path, mode, owner);
  if (!bound.ok) return bound;
  const { fd, close } = bound.value;
  return ok({
    fd,
    address: `unix:${path}`,
    close: () => {
      close();
      return Promise.resolve();
    },
  });
}

/** `isGiven`: the owner is the administrator's word, for which the user's rights may be too few. */
async function bindAsUser(
  user: Credentials,
  path: string,
  isGiven: boolean,
  { mode, owner }: Pick<SocketRequest, 'mode' | 'owner'>,
): Promise<Result<BoundSocket, string>> {
  const other =
    owner === undefined || (owner.uid === user.uid && owner.gid === user.gid) ? undefined : owner;
  const chown = other === undefined || isGiven ? undefined : ([other.uid, other.gid] as const);
  const bound = await bindUnixAsUser(user, path, mode, chown);
  if (!bound.ok) return bound;
  const { fd, value: name, close } = bound.value;
  const remove = (): Promise<void> => removeSocketAsUser(user, path, name);
  if (other !== undefined && isGiven) {
    const given = giveExactSocket(path, name, other);
    if (!given.ok) {
      close();
      await remove();
      return given;
    }
  }
  return ok({
    fd,
    address: `unix:${path}`,
    user,
    close: () => {
      close();
      return remove();
    },
  });
}

function asOther(
  rights: Exclude<Rights, 'nobody'>,
  me: { readonly uid: number },
): Credentials | undefined {
  return rights === 'ours' || rights.uid === me.uid ? undefined : rights;
}
