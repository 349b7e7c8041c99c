import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { err, ok, type Result } from '../base/result.ts';
import { errnoOf, readingError } from '../os/errno.ts';
import { claimName } from '../os/own-name.ts';

/** More than a pid. */
const MAX_BYTES = 64;

/**
 * Writes our pid: into the file that is there, or a new one, never through a link of somebody else (see {@link claimName}). Gives what is to be told of
 * that; the error is supervisord's sentence.
 */
export function writePidFile(
  path: string,
  pid: number,
  uid: number,
): Result<readonly string[], string> {
  try {
    const { path: real, news } = claimName(path, uid);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
    const isThere = lstatSync(real, { throwIfNoEntry: false }) !== undefined;
    const flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | (isThere ? 0 : O_CREAT | O_EXCL);
    const fd = openSync(real, flags, 0o666);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.nlink > 1) return err(`could not write pidfile ${path}: ELOOP`);
      ftruncateSync(fd);
      writeSync(fd, `${pid}\n`);
    } finally {
      closeSync(fd);
    }
    return ok(news);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`could not write pidfile ${path}: ${code}`);
  }
}

/** Removes the file when it still is ours. */
export function removePidFile(path: string, pid: number): void {
  try {
    if (readPidFile(path) === pid) rmSync(path, { force: true });
  } catch (error) {
    readingError(error); // Throws what is no system error. Somebody was quicker, or the directory is not ours.
  }
}

/** The pid in the file; undefined where there is none. What is no file is not waited for. */
export function readPidFile(path: string): number | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      const buffer = Buffer.alloc(MAX_BYTES);
      const text = buffer.toString('utf8', 0, readSync(fd, buffer)).trim();
      return /^\d+$/.test(text) ? Number(text) : undefined;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    readingError(error); // Throws what is no system error. There is none, or none for us.
    return undefined;
  }
}
