import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { link, lstat, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { toReading } from './errno.ts';
import type { Os } from './os.ts';
import type { FileStat, Reading } from './proc.ts';

/** The members of Os that deal with files; the same on every system. */
export const realFiles = {
  stat: (path: string): Promise<Reading<FileStat>> =>
    toReading(async () => toFileStat(await stat(path))),
  lstat: (path: string): Promise<Reading<FileStat>> =>
    toReading(async () => toFileStat(await lstat(path))),
  realpath: (path: string): Promise<Reading<string>> => toReading(() => realpath(path)),
  readFile: (path: string, maxBytes: number): Promise<Reading<string>> =>
    readFrom(path, 0, maxBytes),
  readFrom,
  listDirectory: (path: string): Promise<Reading<readonly string[]>> =>
    toReading(() => readdir(path)),
  link: (existing: string, path: string): Promise<Reading<true>> =>
    toReading(() => link(existing, path).then(() => true)),
  rename: (from: string, to: string): Promise<Reading<true>> =>
    toReading(() => rename(from, to).then(() => true)),
  unlink: (path: string): Promise<Reading<true>> => toReading(() => unlink(path).then(() => true)),
} as const satisfies Partial<Os>;

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

async function readFrom(path: string, offset: number, maxBytes: number): Promise<Reading<string>> {
  // Opening a FIFO without O_NONBLOCK waits for its writer, and the path may be anybody's (a pid file, a log).
  const opened = await toReading(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
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
