import type { Stats } from 'node:fs';

/** What the helper is asked; `id` is given back with the answer. */
export interface HelperRequest {
  readonly id: number;
  readonly operation: HelperOperation;
  readonly args: readonly unknown[];
}

export type HelperOperation =
  | 'stat'
  | 'lstat'
  | 'realpath'
  | 'readLink'
  | 'read'
  | 'list'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'symlink'
  | 'replace'
  | 'writeFifo'
  | 'connect'
  | 'bindUnix'
  | 'bindTcp'
  | 'removeSocket';

/** `code` is the name of a system error; `value` what came of it. */
export interface HelperAnswer {
  readonly id: number;
  readonly code?: string;
  readonly value?: unknown;
}

/**
 * The whole program of a helper. Its text is run by a Node of its own, as root with an environment of ours; it becomes the user before it
 * does anything else. By that it is closed to the user's debuggers and readers of /proc (prctl(2), PR_SET_DUMPABLE), since it executes
 * nothing afterwards. Nothing from outside of this function is there; everything is synchronous, so that no thread of Node's pool
 * opens what blocks.
 */
export function helperProgram(uid: number, gid: number, groups: readonly number[]): void {
  process.setgroups?.([...groups]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid) {
    process.exit(1);
  }
  process.umask(0o022);
  const fs = process.getBuiltinModule('node:fs');
  const net = process.getBuiltinModule('node:net');
  const { constants } = fs;
  /** What a directory may hold before no more is told of it. */
  const mostNames = 100_000;

  const toStat = (stats: Stats): object => {
    const { mode, uid: owner, gid: group, size, ino, dev, nlink, mtimeMs, ctimeMs } = stats;
    const kind = stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'directory'
        : stats.isSymbolicLink()
          ? 'symlink'
          : stats.isSocket()
            ? 'socket'
            : 'other';
    return { mode, uid: owner, gid: group, size, ino, dev, nlink, mtimeMs, ctimeMs, kind };
  };
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const read = (path: string, offset: number, maxBytes: number, flags: number): string => {
    const fd = fs.openSync(
      path,
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags,
    );
    try {
      if (!fs.fstatSync(fd).isFile()) fail('EINVAL');
      const bytes = Buffer.alloc(maxBytes);
      let length = 0;
      while (length < maxBytes) {
        const count = fs.readSync(fd, bytes, length, maxBytes - length, offset + length);
        if (count === 0) break;
        length += count;
      }
      return bytes.toString('base64', 0, length);
    } finally {
      fs.closeSync(fd);
    }
  };
  const replace = (path: string, fresh: string, text: string, mode: number): true => {
    fs.rmSync(fresh, { force: true });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = fs.openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    try {
      fs.writeSync(fd, text);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(fresh, path);
    return true;
  };
  const writeFifo = (path: string, message: string): string => {
    // A missing file is an error without O_CREAT, and so is a FIFO without a reader with
    // O_NONBLOCK.
    const fd = fs.openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!fs.fstatSync(fd).isFIFO()) return 'not a FIFO';
      fs.writeSync(fd, message);
      return '';
    } finally {
      fs.closeSync(fd);
    }
  };
  const create = (address: string, port: number, family: -1 | 4 | 6): BoundHandle => {
    const made = (net as unknown as { _createServerHandle: CreateHandle })._createServerHandle(
      address,
      port,
      family,
    );
    return typeof made === 'number'
      ? fail(process.getBuiltinModule('node:util').getSystemErrorName(made))
      : made;
  };
  const bindUnix = (
    path: string,
    mode: number,
    owner: readonly [number, number] | undefined,
  ): [object, BoundHandle] => {
    const before = fs.lstatSync(path, { throwIfNoEntry: false });
    if (before !== undefined && !before.isSocket()) fail('EEXIST');
    // Another user's socket is not ours to take away, whether or not somebody listens behind it.
    if (before !== undefined && before.uid !== uid) fail('EADDRINUSE');
    fs.rmSync(path, { force: true });
    // From its first moment the name has to be no more open than was asked for.
    process.umask(0o777 & ~mode);
    try {
      const handle = create(path, -1, -1);
      // Undefined is null on its way here.
      if (Array.isArray(owner)) fs.lchownSync(path, owner[0], owner[1]);
      return [toStat(fs.lstatSync(path)), handle];
    } catch (error) {
      if (codeOf(error) === 'EPERM') fs.rmSync(path, { force: true });
      throw error;
    } finally {
      process.umask(0o022);
    }
  };
  const removeSocket = (path: string, ino: number, dev: number): true => {
    const found = fs.lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSocket() === true && found.ino === ino && found.dev === dev) fs.unlinkSync(path);
    return true;
  };
  const bindTcp = (host: string, port: number): [object, BoundHandle] => {
    const handle = create(host, port, net.isIPv6(host) ? 6 : 4);
    const name: { address?: string; port?: number } = {};
    // libuv keeps the EADDRINUSE of bind(2) to itself until the socket is used (uv__tcp_bind).
    const failed = handle.getsockname?.(name) ?? 0;
    if (failed !== 0) fail(process.getBuiltinModule('node:util').getSystemErrorName(failed));
    return [name, handle];
  };

  const operations: Record<string, (...args: never[]) => unknown> = {
    stat: (path: string) => toStat(fs.statSync(path)),
    lstat: (path: string) => toStat(fs.lstatSync(path)),
    realpath: (path: string) => fs.realpathSync.native(path),
    readLink: (path: string) => fs.readlinkSync(path),
    read,
    list: (path: string) => fs.readdirSync(path).slice(0, mostNames),
    link: (existing: string, path: string) => (fs.linkSync(existing, path), true),
    rename: (from: string, to: string) => (fs.renameSync(from, to), true),
    unlink: (path: string) => (fs.unlinkSync(path), true),
    symlink: (target: string, path: string) => (fs.symlinkSync(target, path), true),
    replace,
    writeFifo,
    removeSocket,
  };
  const answer = (message: object, handle?: unknown, sent?: () => void): void => {
    process.send?.(message, handle as never, sent);
  };
  const codeOf = (error: unknown): string => {
    const code = (error as { code?: unknown } | undefined)?.code;
    return typeof code === 'string' ? code : 'EINVAL';
  };
  const connect = (id: number, path: string): void => {
    const socket = net.connect({ path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      answer({ id, value: true }, socket);
    });
    socket.once('error', (error) => {
      answer({ id, code: codeOf(error) });
    });
  };
  process.on('message', ({ id, operation, args }: HelperRequest) => {
    try {
      if (operation === 'connect') {
        connect(id, args[0] as string);
        return;
      }
      if (operation === 'bindUnix' || operation === 'bindTcp') {
        const [value, handle] =
          operation === 'bindUnix'
            ? bindUnix(
                args[0] as string,
                args[1] as number,
                args[2] as readonly [number, number] | undefined,
              )
            : bindTcp(args[0] as string, args[1] as number);
        // A bare handle, sent as cluster sends them, since a net.Server would listen. Only the
        // descriptor is closed: closing the handle would unlink a unix socket (libuv,
        // uv__pipe_close).
        const { fd } = handle;
        answer({ id, value }, handle, () => {
          fs.closeSync(fd);
        });
        return;
      }
      answer({ id, value: operations[operation]?.(...(args as never[])) });
    } catch (error) {
      answer({ id, code: codeOf(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C is for the process that asks us: it ends us by ending the channel.
  process.on('SIGINT', () => undefined);
  answer({ id: 0 });
}

/** The part of Node's internal handles that is used, see daemon/sockets/bind-socket.ts. */
interface BoundHandle {
  readonly fd: number;
  getsockname?(out: { address?: string; port?: number }): number;
  close(): void;
}
type CreateHandle = (address: string, port: number, family: -1 | 4 | 6) => BoundHandle | number;
