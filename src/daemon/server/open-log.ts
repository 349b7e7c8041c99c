import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { readingError } from '../../os/errno.ts';
import { atTargetOf, isOfAnother } from '../../os/guarded-place.ts';

/** A log that is open for reading. Its owner closes the file. */
export interface OpenLog {
  readonly file: FileHandle;
  /** Bytes when it was opened. */
  readonly size: number;
  readonly inode: number;
  readonly modifiedAt: Date;
}

/**
 * Opens a log; undefined when it cannot be read or is no regular file: programs may log to /dev/stdout, and reading from a pipe would
 * wait for ever and take bytes away from somebody. A link of somebody else's is not followed as root, see atTargetOf.
 */
export async function openLog(path: string): Promise<OpenLog | undefined> {
  try {
    const { O_RDONLY, O_NONBLOCK } = constants;
    const { file, found, isOthers } = await atTargetOf(path, async (place) => {
      const opened = await open(place.path, O_RDONLY | O_NONBLOCK | place.flags);
      const stats = await opened.stat();
      return { file: opened, found: stats, isOthers: isOfAnother(place, stats) };
    });
    if (found.isFile() && !isOthers) {
      return { file, size: found.size, inode: found.ino, modifiedAt: found.mtime };
    }
    await file.close();
  } catch (error) {
    readingError(error); // Throws what is no system error.
  }
  return undefined;
}
