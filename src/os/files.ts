import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import {
  link,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import type { Socket } from 'node:net';
import { err, ok, type Result } from '../base/result.ts';
import { errnoOf, toReading } from './errno.ts';
import type { FileStat, Reading } from './proc.ts';

/** The file system with somebody's rights. Never waits for a FIFO, and bounds what it reads. */
export interface Files {
  stat(path: string): Promise<Reading<FileStat>>;
  /** As stat, but of the link itself. */
  lstat(path: string): Promise<Reading<FileStat>>;
  realpath(path: string): Promise<Reading<string>>;
  /** The text of a link. */
  readLink(path: string): Promise<Reading<string>>;
  /** The text of a regular file, at most `maxBytes` from its start. */
  readFile(path: string, maxBytes: number): Promise<Reading<string>>;
  /**
   * As readFile, but the last component must not be a link: for files that a program writes itself.
   */
  readPlain(path: string, maxBytes: number): Promise<Reading<string>>;
  /** The regular file from byte `offset`, at most `maxBytes`. */
  readFrom(path: string, offset: number, maxBytes: number): Promise<Reading<string>>;
  /** The names in a directory, in no order. */
  listDirectory(path: string): Promise<Reading<readonly string[]>>;
  /** Makes a second name for a file (link(2)). */
  link(existing: string, path: string): Promise<Reading<true>>;
  rename(from: string, to: string): Promise<Reading<true>>;
  unlink(path: string): Promise<Reading<true>>;
  symlink(target: string, path: string): Promise<Reading<true>>;
  /** Puts a new file in the place of `path` in one step, whatever is there. */
  replace(path: string, text: string, mode: number): Promise<Reading<true>>;
  /** Writes into a FIFO that somebody reads. The error is a system error's name, or a clause. */
  writeFifo(path: string, message: string): Promise<Result<true, string>>;
  /** Connects to a unix socket. The error is the name of a system error. */
  connect(path: string): Promise<Result<Socket, string>>;
}

/** The file system with our own rights. */
export const ourFiles: Files = {
  stat: (path) => toReading(async () => toFileStat(await stat(path))),
  lstat: (path) => toReading(async () => toFileStat(await lstat(path))),
  realpath: (path) => toReading(() => realpath(path)),
  readLink: (path) => toReading(() => readlink(path)),
  readFile: (path, maxBytes) => readFrom(path, 0, maxBytes, 0),
  readPlain: (path, maxBytes) => readFrom(path, 0, maxBytes, constants.O_NOFOLLOW),
  readFrom: (path, offset, maxBytes) => readFrom(path, offset, maxBytes, 0),
  listDirectory: (path) => toReading(() => readdir(path)),
  link: (existing, path) => toReading(() => link(existing, path).then(() => true)),
  rename: (from, to) => toReading(() => rename(from, to).then(() => true)),
  unlink: (path) => toReading(() => unlink(path).then(() => true)),
  symlink: (target, path) => toReading(() => symlink(target, path).then(() => true)),
  replace: (path, text, mode) => toReading(() => replace(path, text, mode)),
  writeFifo,
  connect: async (path) => {
    const { createConnection } = await import('node:net');
    return new Promise((resolve) => {
      const socket = createConnection(path);
      socket.once('error', (error) => {
        resolve(err(errnoOf(error) ?? 'EIO'));
      });
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(ok(socket));
      });
    });
  },
};

/** What {@link FileStat} keeps of Node's Stats. */
export function toFileStat(stats: Stats): FileStat {
  const { mode, uid, gid, size, ino, dev, nlink, mtimeMs, ctimeMs } = stats;
  return { mode, uid, gid, size, ino, dev, nlink, mtimeMs, ctimeMs, kind: kindOf(stats) };
}

function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isSocket()) return 'socket';
  return 'other';
}

async function readFrom(
  path: string,
  offset: number,
  maxBytes: number,
  flags: number,
): Promise<Reading<string>> {
  // The path may be anybody's FIFO: opening that without O_NONBLOCK would wait for a writer.
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  const opened = await toReading(() => open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags));
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    if (!(await file.stat()).isFile()) return { ok: false, error: 'unsupported' };
    return await toReading(async () => {
      const bytes = Buffer.alloc(maxBytes);
      let length = 0;
      while (length < maxBytes) {
        const { bytesRead } = await file.read(bytes, length, maxBytes - length, offset + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.toString('utf8', 0, length);
    });
  } finally {
    await file.close();
  }
}

async function replace(path: string, text: string, mode: number): Promise<true> {
  const { randomUUID } = await import('node:crypto');
  const fresh = `${path}.${randomUUID()}`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    await file.writeFile(text);
    await file.close();
    await rename(fresh, path);
    return true;
  } catch (error) {
    await file.close();
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Without a reader, opening a FIFO would wait for ever; with O_NONBLOCK it fails with ENXIO. */
async function writeFifo(path: string, message: string): Promise<Result<true, string>> {
  try {
    // Without O_CREAT: a file that is not there is an error, not a new file.
    const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFIFO()) return err('not a FIFO');
      await file.write(message);
      return ok(true);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(code);
  }
}
