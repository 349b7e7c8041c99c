import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { err, ok, type Result } from '../base/result.ts';
import { errnoOf, readingError } from '../os/errno.ts';

/** Writes our pid. The error is supervisord's sentence. */
export function writePidFile(path: string, pid: number): Result<true, string> {
  try {
    writeFileSync(path, `${pid}\n`);
    return ok(true);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`could not write pidfile ${path}: ${code}`);
  }
}

/** Removes the file when it still is ours. */
export function removePidFile(path: string, pid: number): void {
  try {
    if (readFileSync(path, 'utf8').trim() === String(pid)) rmSync(path, { force: true });
  } catch (error) {
    readingError(error); // Throws what is no system error. What is not there, or not to be read, is not ours.
  }
}
