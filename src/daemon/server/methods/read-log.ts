import type { FileHandle } from 'node:fs/promises';
import { readingError } from '../../../os/errno.ts';
import { openLog } from '../open-log.ts';
import { FaultError } from './fault-error.ts';

/** No more of a log goes into one answer; reloadctl's own client takes twice as much. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What XML cannot carry in any form: one such character makes a client refuse the whole answer. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * A part of a log in bytes, as supervisord's readFile gives it (supervisor/options.py): a negative offset is the last bytes, and takes
 * no length; length 0 is up to the end. At most 16 MiB. BAD_ARGUMENTS, FAILED.
 */
export async function readLogPart(path: string, offset: number, length: number): Promise<string> {
  if (length < 0 || (offset < 0 && length !== 0)) throw new FaultError('BAD_ARGUMENTS');
  return withLog(path, (file, size) => {
    const start = offset < 0 ? Math.max(0, size + offset) : offset;
    return readText(file, start, Math.min(size, length === 0 ? size : start + length));
  });
}

/**
 * The end of a log for somebody who has seen it up to `offset`, as supervisord's tailFile gives it: text, size, and whether more than
 * `length` bytes are new.
 */
export async function tailLog(
  path: string,
  offset: number,
  length: number,
): Promise<readonly [text: string, size: number, overflow: boolean]> {
  try {
    return await withLog(path, async (file, size) => {
      const overflow = size > offset + length;
      const from = overflow ? size - 1 : offset;
      const window = Math.max(0, from + length > size && from > size - 1 ? 0 : length);
      // It is the last bytes that are given, whatever the offset.
      const start = Math.max(0, from + length > size ? size - window : from);
      const end = Math.min(size, start + window);
      return [await readText(file, Math.max(start, end - MAX_BYTES), end), size, overflow] as const;
    });
  } catch (error) {
    if (error instanceof FaultError) return ['', offset, false];
    throw error;
  }
}

async function withLog<T>(
  path: string,
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const log = await openLog(path);
  if (log === undefined) throw new FaultError('FAILED');
  try {
    return await use(log.file, log.size);
  } catch (error) {
    readingError(error); // Throws what is no system error.
    throw new FaultError('FAILED');
  } finally {
    await log.file.close();
  }
}

/** Texts of this size are made one at a time: together they could use up the memory before any of them is sent. */
const LARGE_BYTES = 256 * 1024;
let lastLarge: Promise<unknown> = Promise.resolve();

function readText(file: FileHandle, start: number, end: number): Promise<string> {
  if (end - start < LARGE_BYTES) return readWhole(file, start, end);
  const reading = lastLarge.then(() => readWhole(file, start, end));
  // What has been read is encoded and handed on before the next one is begun.
  lastLarge = reading.then(
    () => new Promise(setImmediate),
    () => undefined,
  );
  return reading;
}

/** Bytes as text that any XML reader takes: what is not UTF-8, and control characters, become U+FFFD. */
async function readWhole(file: FileHandle, start: number, end: number): Promise<string> {
  const buffer = Buffer.alloc(Math.max(0, Math.min(end - start, MAX_BYTES)));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break; // Truncated meanwhile.
    filled += bytesRead;
  }
  return buffer.toString('utf8', 0, filled).replace(NOT_XML, '\ufffd');
}
