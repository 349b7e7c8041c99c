import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * As root: what on the way to an existing path belongs to others or can be written by them. Quicker
 * and stricter than findPathWriters: a group's right counts whoever is in it.
 */
export function findStranger(path: string): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const real = realpathSync(path);
  return findOnTheWay(path) ?? (real === path ? undefined : findOnTheWay(real));
}

function findOnTheWay(path: string): string | undefined {
  for (let above = path; ; above = dirname(above)) {
    const { uid, gid, mode } = lstatSync(above);
    const isLink = (mode & 0o170000) === 0o120000;
    const isShared = above !== path && (mode & STICKY) !== 0;
    const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITE) !== 0 && gid !== 0);
    if (uid !== 0 || (isOpen && !isLink && !isShared)) return above;
    if (above === dirname(above)) return undefined;
  }
}
