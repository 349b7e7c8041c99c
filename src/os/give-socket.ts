import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  openSync,
} from 'node:fs';

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
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(fd);
    if (!stats.isSocket() || stats.nlink > 1) {
      throw Object.assign(new Error(`ELOOP: ${path} is no socket of ours`), { code: 'ELOOP' });
    }
    // The link of the kernel leads to the very file that is open.
    const exactly = `/proc/self/fd/${fd}`;
    chmodSync(exactly, chmod);
    if (owner !== undefined) chownSync(exactly, owner.uid, owner.gid ?? -1);
  } finally {
    closeSync(fd);
  }
}
