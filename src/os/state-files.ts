import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { errnoOf, readingError } from './errno.ts';
import { chooseStateDirectory, prepareDirectory } from './state-place.ts';
import type { StateOwner } from './state-place.ts';

/**
 * Small files that outlive a run, one for each name, whatever its characters. Errors are sentences.
 */
export interface StateDirectory {
  readonly path: string;
  /** The whole text; undefined when there is no such file, or none that we could have written. */
  read(name: string): Promise<string | undefined>;
  /**
   * Replaces the text, at most 4 MiB, in one step: readers and crashes see the old or the new one.
   */
  write(name: string, text: string): Promise<Result<true, string>>;
  /**
   * Adds a line; writers do not mix lines. A file that would exceed `maxBytes` becomes `NAME.1`
   * first.
   */
  appendLine(name: string, line: string, maxBytes: number): Promise<Result<true, string>>;
  remove(name: string): Promise<Result<true, string>>;
}

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Half-written files start with this; a sanitized name never does. */
const TEMPORARY_PREFIX = '.tmp-';

/** A writer needs milliseconds; what is this old belongs to one that was killed. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Opens the state directory of `owner`, see chooseStateDirectory, making it when needed. */
export async function openStateDirectory(
  owner: StateOwner,
): Promise<Result<StateDirectory, string>> {
  const prepared = prepareDirectory(chooseStateDirectory(owner), owner.uid);
  if (!prepared.ok) return prepared;
  const path = prepared.value;
  await removeAbandoned(path);
  const fileOf = (name: string): string => join(path, fileNameOf(name));
  return ok({
    path,
    read: (name) => readWhole(fileOf(name)),
    write: (name, text) => attempt(`write ${name}`, () => replaceFile(path, fileOf(name), text)),
    appendLine: (name, line, maxBytes) =>
      attempt(`add to ${name}`, () =>
        appendLine(fileOf(name), fileOf(`${name}.1`), line, Math.min(maxBytes, MAX_FILE_BYTES)),
      ),
    remove: (name) => attempt(`remove ${name}`, () => rm(fileOf(name), { force: true })),
  });
}

/**
 * A file name for exactly one name: unusual characters become %XX, and long names end in a hash.
 */
export function fileNameOf(name: string): string {
  const encoded = [...Buffer.from(name, 'utf8')]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[A-Za-z0-9_-]/.test(character) || (character === '.' && index > 0);
      return isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded !== '' && encoded.length <= 200) return encoded;
  const hash = createHash('sha256').update(name).digest('hex');
  // '%%' is in no encoded name, so a short name cannot be the same.
  return `${encoded.slice(0, 120)}%%${hash}`;
}

async function attempt(
  what: string,
  action: () => Promise<unknown>,
): Promise<Result<true, string>> {
  try {
    await action();
    return ok(true);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`could not ${what} in the state directory: ${code}`);
  }
}

async function readWhole(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await openPlain(file, constants.O_RDONLY);
  } catch (error) {
    readingError(error); // Throws what is no system error; there is nothing that could be read.
    return undefined;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function replaceFile(directory: string, file: string, text: string): Promise<void> {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw Object.assign(new Error('more than a state file may hold'), { code: 'EFBIG' });
  }
  const temporary = join(directory, `${TEMPORARY_PREFIX}${randomUUID()}`);
  try {
    await writeNew(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await openPlain(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function appendLine(
  file: string,
  older: string,
  line: string,
  maxBytes: number,
): Promise<void> {
  const bytes = Buffer.from(`${line.replaceAll('\n', ' ')}\n`, 'utf8');
  let handle = await openForAppending(file);
  try {
    const { size } = await handle.stat();
    if (size > 0 && size + bytes.length > maxBytes) {
      await renameIfSame(handle, file, older);
      await handle.close();
      handle = await openForAppending(file);
    }
    // One write(2) with O_APPEND keeps lines whole. A line that a crash cut short is closed first.
    const start = (await endsInLineFeed(handle)) ? [] : [Buffer.from('\n')];
    await handle.write(Buffer.concat([...start, bytes]));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Another writer may have moved the file; then the name stands for a new one that must stay. */
async function renameIfSame(handle: FileHandle, file: string, older: string): Promise<void> {
  const [open, named] = await Promise.all([handle.stat(), lstat(file)]);
  if (open.ino === named.ino && open.dev === named.dev) await rename(file, older);
}

async function endsInLineFeed(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

function openForAppending(file: string): Promise<FileHandle> {
  return openPlain(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
}

/** No symlink is followed and no FIFO waited for, should somebody have put one there. */
function openPlain(file: string, flags: number): Promise<FileHandle> {
  return open(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeAbandoned(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(TEMPORARY_PREFIX));
  for (const name of names) {
    const path = join(directory, name);
    try {
      if (Date.now() - (await lstat(path)).mtimeMs > ABANDONED_AFTER_MS) await rm(path);
    } catch (error) {
      readingError(error); // Throws what is no system error; another run removed it first.
    }
  }
}
