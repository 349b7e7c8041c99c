import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  openSync,
  type Stats,
} from 'node:fs';
import { err, ok, type Result } from '../base/result.ts';
import { errnoOf } from './errno.ts';
import type { FileStat } from './proc.ts';

/** Opens a name without what is behind it (open(2)); Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Sets mode and owner of the unix socket at `path` that we have just bound. In a directory of somebody else the name may be another's by now: only a
 * socket of ours with that one name is given away, and no link is followed. Throws the system error.
 */
export function giveSocket(
  path: string,
  to: {
    readonly chmod: number;
    readonly owner: { readonly uid: number; readonly gid: number | undefined } | undefined;
  },
): void {
  const { chmod, owner } = to;
  if (process.platform !== 'linux') {
    chmodSync(path, chmod);
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid ?? -1);
    return;
  }
  withSocket(path, (stats, exactly) => {
    if (!stats.isSocket() || stats.nlink > 1) {
      throw Object.assign(new Error(`ELOOP: ${path} is no socket of ours`), { code: 'ELOOP' });
    }
    chmodSync(exactly, chmod);
    if (owner !== undefined) chownSync(exactly, owner.uid, owner.gid ?? -1);
  });
}

/** Gives a unix socket to somebody: that very one, whatever its name leads to by now. The error is the name of a system error. */
export function giveExactSocket(
  path: string,
  { ino, dev }: Pick<FileStat, 'ino' | 'dev'>,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Result<true, string> {
  try {
    return withSocket(path, (stats, exactly) => {
      if (!stats.isSocket() || stats.ino !== ino || stats.dev !== dev) return err('EADDRINUSE');
      chownSync(exactly, uid, gid);
      return ok(true);
    });
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(code);
  }
}

/** `exactly` is a link of the kernel that leads to the very file that is open. */
function withSocket<T>(path: string, act: (stats: Stats, exactly: string) => T): T {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    return act(fstatSync(fd), `/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}
