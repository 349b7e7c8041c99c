import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { errnoOf } from './errno.ts';

/** Who asks, which decides where state is kept. */
export interface StateOwner {
  readonly uid: number;
  /** RELOADCTL_STATE_DIR and XDG_STATE_HOME are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory; that of this process when it is left out. */
  readonly home?: string;
}

const OTHERS_MAY_WRITE = 0o022;
const WORLD_MAY_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * The directory for state: RELOADCTL_STATE_DIR, else /var/lib/reloadctl for root and reloadctl in XDG_STATE_HOME or ~/.local/state for
 * everybody else (XDG base directory specification). Relative paths in these variables are invalid and passed over.
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
 * Makes `path` with mode 0700 where it does not exist, and checks that nobody but user `uid` and root can put something else in its
 * place. Gives the path with symlinks resolved, or the reason why it is not to be trusted or cannot be made.
 */
export function prepareDirectory(path: string, uid: number): Result<string, string> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const real = realpathSync(path);
    const fault =
      faultOnTheWay(path, uid) ?? faultOnTheWay(real, uid) ?? faultOf(real, lstatSync(real), uid);
    return fault === undefined ? ok(real) : err(fault);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return err(`the state directory ${printable(path)} cannot be used: ${code}`);
  }
}

function faultOf(path: string, stats: Stats, uid: number): string | undefined {
  if (stats.uid !== uid) {
    return `the state directory ${printable(path)} belongs to uid ${stats.uid}, not to ${uid}`;
  }
  if (stats.mode & OTHERS_MAY_WRITE) {
    return `others may write to the state directory ${printable(path)} (mode ${octal(stats.mode)}); chmod 0700 would help`;
  }
  return undefined;
}

/** Looks at every directory above `path`, and at every symlink that is part of it. */
function faultOnTheWay(path: string, uid: number): string | undefined {
  for (let above = path; ; above = dirname(above)) {
    const stats = lstatSync(above);
    const isOurs = stats.uid === uid || stats.uid === 0;
    if (stats.isSymbolicLink() && !isOurs) {
      return `${printable(above)} on the way to the state directory is a symlink of uid ${stats.uid}`;
    }
    const isOpen = (stats.mode & WORLD_MAY_WRITE) !== 0 && (stats.mode & STICKY) === 0;
    if (stats.isDirectory() && isOpen && above !== path) {
      return `everybody may write to ${printable(above)} (mode ${octal(stats.mode)}), which holds the state directory`;
    }
    if (above === dirname(above)) return undefined;
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
