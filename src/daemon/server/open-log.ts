import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { readingError } from '../../os/errno.ts';

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
 * wait for ever and take bytes away from somebody.
 */
export async function openLog(path: string): Promise<OpenLog | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isFile()) {
      return { file, size: found.size, inode: found.ino, modifiedAt: found.mtime };
    }
    await file.close();
  } catch (error) {
    readingError(error); // Throws what is no system error.
  }
  return undefined;
}
