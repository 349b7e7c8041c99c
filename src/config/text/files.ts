import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';

/** What the configuration layer asks of the file system. Paths are absolute. */
export interface ConfigFiles {
  /**
   * The text of a UTF-8 file. `reason` is for people; `code` is errno's name where there is one.
   */
  readText(path: string): Result<string, FileFault>;
  /** undefined: we may not look. */
  isDirectory(path: string): boolean | undefined;
  exists(path: string): boolean;
  /** The names in a directory; none when it cannot be read. */
  list(path: string): readonly string[];
}

/** Why a file could not be read. */
export interface FileFault {
  readonly code: string | undefined;
  readonly reason: string;
}

/** A configuration of 100,000 programs has some 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Its number (Linux, Documentation/admin-guide/devices.txt): an empty file to everybody. */
const DEV_NULL = 0x103;

/** The real file system. */
export const realFiles: ConfigFiles = {
  readText(path) {
    try {
      const bytes = readRegular(path);
      return bytes.ok
        ? ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.value))
        : bytes;
    } catch (error) {
      return err(describeFault(error));
    }
  },
  isDirectory(path) {
    try {
      return statSync(path).isDirectory();
    } catch (error) {
      return codeOf(error) === 'EACCES' ? undefined : false;
    }
  },
  exists(path) {
    try {
      return statSync(path, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false; // A directory on the way that we may not enter, as for Python's os.path.exists().
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return []; // As Python's glob: what cannot be listed matches nothing.
    }
  },
};

/** A pipe would be waited for without end, and a device need not have one. */
function readRegular(path: string): Result<Buffer, FileFault> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (found.isDirectory())
      return err({ code: 'EISDIR', reason: 'EISDIR: illegal operation on a directory' });
    if (!found.isFile() && found.rdev !== DEV_NULL) {
      return err({ code: undefined, reason: 'it is no regular file' });
    }
    if (found.size > MAX_FILE_BYTES) {
      const reason = `it has ${found.size} bytes, which is more than the ${MAX_FILE_BYTES} that are read`;
      return err({ code: 'EFBIG', reason });
    }
    return ok(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

function describeFault(error: unknown): FileFault {
  const code = codeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { code, reason: 'it is not UTF-8 text' };
  // Node's text ends in the system call and the path, which the message around it names already.
  const text = error instanceof Error ? error.message : String(error);
  return { code, reason: text.replace(/, \w+(?: '.*')?$/s, '') };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
