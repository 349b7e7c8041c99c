import { dirname, isAbsolute } from 'node:path';
import type { Os } from '../os/os.ts';
import type { FileStat } from '../os/proc.ts';
import type { Access, Actor } from './subject.ts';

const WRITE = 2;
const EXECUTE = 1;

/** Whether `actor` may do what `bits` say, by owner, primary group and mode alone. */
function mayUse(stat: FileStat, { uid, gid }: Actor, bits: number): boolean {
  if (uid === 0) return true;
  const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
  return ((stat.mode >> shift) & bits) === bits;
}

/** Whether `actor` can enter a directory. What we cannot see ourselves counts as fine. */
export async function lookAtDirectory(os: Os, path: string, actor: Actor): Promise<Access> {
  const stat = await os.files('ours').stat(path);
  if (!stat.ok) return stat.error === 'gone' ? 'missing' : 'ok';
  if (stat.value.kind !== 'directory') return 'missing';
  return mayUse(stat.value, actor, EXECUTE) ? 'ok' : 'denied';
}

/** Whether `actor` can execute a file. */
export async function lookAtExecutable(os: Os, path: string, actor: Actor): Promise<Access> {
  const stat = await os.files('ours').stat(path);
  if (!stat.ok) return stat.error === 'gone' ? 'missing' : 'ok';
  if (stat.value.kind !== 'file') return 'denied';
  const isExecutable = (stat.value.mode & 0o111) !== 0;
  return isExecutable && mayUse(stat.value, actor, EXECUTE) ? 'ok' : 'denied';
}

/** Whether `actor` can make and write a log at `path`. */
export async function lookAtLog(os: Os, path: string, actor: Actor): Promise<Access> {
  // Devices and pipes such as /dev/stdout are the container's own affair.
  if (path.startsWith('/dev/') || !isAbsolute(path)) return 'ok';
  const stat = await os.files('ours').stat(path);
  if (stat.ok) {
    if (stat.value.kind === 'directory') return 'denied';
    return mayUse(stat.value, actor, WRITE) ? 'ok' : 'denied';
  }
  const directory = await os.files('ours').stat(dirname(path));
  if (!directory.ok) return directory.error === 'gone' ? 'missing' : 'ok';
  if (directory.value.kind !== 'directory') return 'missing';
  return mayUse(directory.value, actor, WRITE | EXECUTE) ? 'ok' : 'denied';
}

/** Permission bits of a file; undefined where it cannot be seen. */
export async function modeOf(os: Os, path: string): Promise<number | undefined> {
  const stat = await os.files('ours').stat(path);
  return stat.ok ? stat.value.mode & 0o7777 : undefined;
}
