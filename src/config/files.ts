import { readdirSync, readFileSync, statSync } from 'node:fs';
import { err, ok, type Result } from '../base/result.ts';

/** What the configuration layer asks of the file system. Paths are absolute. */
export interface ConfigFiles {
  /** The text of a file, which has to be UTF-8; `reason` is for people, `code` is errno's name where there is one. */
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

/** The real file system. */
export const realFiles: ConfigFiles = {
  readText(path) {
    try {
      return ok(
        new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)),
      );
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
