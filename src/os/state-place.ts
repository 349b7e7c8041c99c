import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { errnoOf, readingError } from './errno.ts';

/** Who asks, which decides where state is kept. */
export interface StateOwner {
  readonly uid: number;
  /** RELOADCTL_STATE_DIR and XDG_STATE_HOME are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory; that of this process when it is left out. */
  readonly home?: string;
}

const OTHERS_MAY_WRITE = 0o022;
const GROUP_MAY_WRITE = 0o020;
const WORLD_MAY_WRITE = 0o002;
const STICKY = 0o1000;

/** /proc/sys/kernel/overflowuid, which nobody changes. */
const OVERFLOW_UID = 65_534;

/**
 * The directory for state: RELOADCTL_STATE_DIR, /var/lib/reloadctl for root, or reloadctl in
 * XDG_STATE_HOME or ~/.local/state. Relative paths are ignored (XDG base directory specification).
 */
export function chooseStateDirectory({ uid, env, home }: StateOwner): string {
  const chosen = env.RELOADCTL_STATE_DIR;
  if (chosen !== undefined && isAbsolute(chosen)) return resolve(chosen);
  if (uid === 0) return '/var/lib/reloadctl';
  const xdg = env.XDG_STATE_HOME;
  const base =
    xdg !== undefined && isAbsolute(xdg) ? xdg : join(home ?? homedir(), '.local', 'state');
  return join(base, 'reloadctl');
}

/**
 * Makes `path` and checks that only `uid` and root can put something else there. Gives the path
 * with symlinks resolved, or a sentence about `what`.
 */
export function prepareDirectory(
  path: string,
  uid: number,
  { what = 'the state directory', mode = 0o700 } = {},
): Result<string, string> {
  return examine(
    path,
    what,
    () => {
      const there = nearestThatExists(path);
      const [first, ...rest] = below(path, there);
      if (first === undefined) return undefined;
      const fault =
        faultOnTheWay(first, uid, what) ??
        faultOnTheWay(join(realpathSync(there), basename(first)), uid, what);
      if (fault !== undefined) return fault;
      for (const each of [first, ...rest]) {
        try {
          mkdirSync(each, { mode });
          chmodSync(each, mode); // Whatever the umask is.
        } catch (error) {
          if (errnoOf(error) !== 'EEXIST') throw error; // Another run was quicker; what it made is looked at below.
        }
      }
      return undefined;
    },
    uid,
  );
}

/** As {@link prepareDirectory}, for a directory that is to be there already. */
export function inspectDirectory(
  path: string,
  uid: number,
  what = 'the state directory',
): Result<string, string> {
  return examine(path, what, () => undefined, uid);
}

function examine(
  path: string,
  what: string,
  prepare: () => string | undefined,
  uid: number,
): Result<string, string> {
  try {
    const early = prepare();
    if (early !== undefined) return err(early);
    const given = faultOnTheWay(path, uid, what);
    if (given !== undefined) return err(given);
    const real = realpathSync(path);
    const fault = faultOnTheWay(real, uid, what) ?? faultOf(real, lstatSync(real), uid, what);
    return fault === undefined ? ok(real) : err(fault);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`${what} ${printable(path)} cannot be used: ${code}`);
  }
}

function nearestThatExists(path: string): string {
  let there = path;
  while (lstatSync(there, { throwIfNoEntry: false }) === undefined) there = dirname(there);
  return there;
}

/** The directories between `there` and `path`, which is the last of them. */
function below(path: string, there: string): readonly string[] {
  const found: string[] = [];
  for (let each = path; each !== there; each = dirname(each)) found.unshift(each);
  return found;
}

function faultOf(path: string, stats: Stats, uid: number, what: string): string | undefined {
  if (!stats.isDirectory())
    return `${what} ${printable(path)} is none, but something of uid ${stats.uid}`;
  if (stats.uid !== uid) {
    return `${what} ${printable(path)} belongs to uid ${stats.uid}, not to ${uid}`;
  }
  if (stats.mode & OTHERS_MAY_WRITE) {
    return `others may write to ${what} ${printable(path)} (mode ${octal(stats.mode)}); chmod 0700 would help`;
  }
  return undefined;
}

/**
 * Looks at every directory above `path` and every symlink in it: their owners could exchange it.
 */
export function faultOnTheWay(path: string, uid: number, what = 'the file'): string | undefined {
  for (let above = path; ; above = dirname(above)) {
    const stats = lstatSync(above, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (above === path) continue; // It is to be made.
      return `${printable(above)}, which holds ${what}, has gone`;
    }
    const isOurs = isTrustedOwner(stats.uid, uid);
    if (stats.isSymbolicLink() && !isOurs) {
      return `${printable(above)} on the way to ${what} is a symlink of uid ${stats.uid}`;
    }
    if (stats.isDirectory() && above !== path) {
      if (!isOurs) return `${printable(above)}, which holds ${what}, belongs to uid ${stats.uid}`;
      if (mayBeChanged(stats, uid)) {
        return `others may write to ${printable(above)} (mode ${octal(stats.mode)}), which holds ${what}`;
      }
    }
    if (above === dirname(above)) return undefined;
  }
}

/**
 * Whether others may rename what is in the directory: in a sticky one only owners can (inode(7)).
 */
function mayBeChanged(stats: Stats, uid: number): boolean {
  if (stats.mode & STICKY) return false;
  // An ordinary user's group is normally theirs alone; whom else they let in is their business.
  const byGroup = uid === 0 && stats.gid !== 0 && (stats.mode & GROUP_MAY_WRITE) !== 0;
  return byGroup || (stats.mode & WORLD_MAY_WRITE) !== 0;
}

/** Whether `owner` is as good as us: root, or any user outside our user namespace. */
export function isTrustedOwner(owner: number, uid: number): boolean {
  return owner === uid || owner === 0 || (owner === OVERFLOW_UID && isOutside(OVERFLOW_UID));
}

/** Whether the number stands for users without a number in our namespace (user_namespaces(7)). */
function isOutside(owner: number): boolean {
  try {
    const lines = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
    return !lines.some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return owner >= first && owner < first + count;
    });
  } catch (error) {
    readingError(error); // Throws what is no system error. Without /proc it is nobody special.
    return false;
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
