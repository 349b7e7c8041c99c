import { rename } from 'node:fs/promises';
import { errnoOf } from '../../os/errno.ts';
import { inDirectoryOf } from '../../os/guarded-place.ts';

/**
 * Makes room for a new file at `path`: PATH.1 becomes PATH.2 and so on up to PATH.backups, which is lost, and PATH becomes PATH.1
 * (supervisor/loggers.py, RotatingFileHandler.doRollover). With 0 backups nothing is renamed. Names that are not there are
 * passed over; any other system error is thrown.
 */
export function shiftBackups(path: string, backups: number): Promise<void> {
  return inDirectoryOf(path, (place) => shift(place.path, backups));
}

async function shift(path: string, backups: number): Promise<void> {
  for (let number = backups; number >= 1; number -= 1) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    try {
      await rename(from, `${path}.${number}`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
