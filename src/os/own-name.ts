import { randomBytes } from 'node:crypto';
import { lstatSync, readlinkSync, renameSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import { faultOnTheWay, isTrustedOwner } from './state-place.ts';

/** A name that the administrator has given to a file of ours. */
export interface OwnName {
  /** Where the links of ours and root's on it lead: a name that is to be opened with O_NOFOLLOW. */
  readonly path: string;
  /** A file of the kernel (/dev/stdout), whose link only the kernel can follow. */
  readonly isKernels: boolean;
  /** What somebody else had put there, as a sentence for the log. */
  readonly news: readonly string[];
}

const OTHERS_MAY_WRITE = 0o022;
const MAX_LINKS = 40;

/**
 * Makes sure that a name we write to means what the administrator meant: follows no link of another
 * user, and moves away what others have put there in /tmp. Throws ELOOP where neither works.
 */
export function claimName(name: string, uid: number): OwnName {
  let path = name;
  const news: string[] = [];
  for (let links = 0; links < MAX_LINKS;) {
    if (path.startsWith('/proc/')) return { path, isKernels: true, news };
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) break;
    if (stats.isSymbolicLink() && isTrustedOwner(stats.uid, uid)) {
      path = resolve(dirname(path), readlinkSync(path));
      links += 1;
      continue;
    }
    if (!isForeign(path, stats, uid)) break;
    news.push(moveAside(path, stats, uid));
  }
  return { path, isKernels: false, news };
}

/** Whether somebody else made it, or may have hard-linked it to what we must not write to. */
function isForeign(path: string, stats: Stats, uid: number): boolean {
  if (stats.isSymbolicLink()) return true;
  const directory = statSync(dirname(path));
  const isOpen = (directory.mode & OTHERS_MAY_WRITE) !== 0;
  if (isOpen && !isTrustedOwner(stats.uid, uid)) return true;
  const isLinked = stats.isFile() && stats.nlink > 1;
  return isLinked && (isOpen || !isTrustedOwner(directory.uid, uid));
}

function moveAside(path: string, stats: Stats, uid: number): string {
  const place = dirname(path);
  const directory = statSync(place);
  const isSafe =
    (directory.mode & OTHERS_MAY_WRITE) !== 0 &&
    isTrustedOwner(directory.uid, uid) &&
    faultOnTheWay(place, uid) === undefined;
  const what = `${printable(path)} is ${kindOf(stats)} of uid ${stats.uid}`;
  if (!isSafe) throw Object.assign(new Error(`ELOOP: ${what}`), { code: 'ELOOP' });
  const aside = `${path}.of-uid-${stats.uid}-${randomBytes(4).toString('hex')}`;
  renameSync(path, aside);
  return `${what}, which is not followed; it was moved to ${printable(aside)}`;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symlink';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return stats.nlink > 1 ? 'a hard link' : 'a file';
}
