import { readFile } from 'node:fs/promises';
import { readdirSync, readlinkSync } from 'node:fs';
import { readingError } from '../errno.ts';
import type { Proc } from '../proc.ts';
import { parseUnixListeners } from './listeners.ts';
import { findProcess, listProcesses } from './process-table.ts';

/**
 * The process that listens on abstract socket `abstractName`. Where its open files may not be seen, `suspect` is believed if such a
 * process exists and was not seen to be somebody else. Undefined when nobody can be named.
 */
export async function findSocketOwner(
  abstractName: string,
  suspect: number | undefined,
): Promise<Proc | undefined> {
  const table = await readFile('/proc/self/net/unix', 'utf8');
  const inode = parseUnixListeners(table).find(
    ({ address }) => address === `unix:@${abstractName}`,
  )?.inode;
  if (inode === undefined) return undefined;
  const suspected = suspect === undefined ? undefined : findProcess(suspect);
  const verdict = suspected === undefined ? false : hasOpen(suspected.pid, inode);
  if (verdict === true) return suspected;
  const owner = listProcesses().find(({ pid }) => hasOpen(pid, inode) === true);
  return owner ?? (verdict === undefined ? suspected : undefined);
}

/** Whether process `pid` has the socket open; undefined when we may not look. */
function hasOpen(pid: number, inode: number): boolean | undefined {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).some(
      (fd) => readLink(`${directory}/${fd}`) === `socket:[${inode}]`,
    );
  } catch (error) {
    return readingError(error) === 'denied' ? undefined : false;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    readingError(error); // Throws what is no system error; the file was closed in the meantime.
    return undefined;
  }
}
