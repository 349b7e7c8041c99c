import { constants } from 'node:fs';
import { lstat, open, readlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { findPathWriters } from './path-writers.ts';

/** A name in a directory that stays the same even if others exchange directories of its path. */
export interface Place {
  /** For calls that do not follow a link in the last component. */
  readonly path: string;
  /** To open it with. */
  readonly flags: number;
  /** Who has the directory, where that is not root alone. */
  readonly owner: number | undefined;
}

/** Opens what a path names without any right to its content (open(2)); Node has no name for it. */
const O_PATH = 0o10000000;

/** As many links as Linux follows (path_resolution(7), MAXSYMLINKS). */
const MAX_LINKS = 40;

/** That only root can change a directory's path stays so until root changes it. */
const HOLD_MS = 10_000;
const rootsAlone = new Map<string, { readonly atMs: number; readonly is: Promise<boolean> }>();

/**
 * Hands `work` the directory of `path`, whose last component may be anything. Root is led into no directory by a link of somebody else's, unless that
 * one has the directory too: what root writes there is where the administrator meant it, or where that user could write it already. In directories
 * of root's alone, and for everybody but root, it is the path as it is. Rejects with ELOOP, or the system error.
 */
export async function inDirectoryOf<T>(
  path: string,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  return (await isUnguarded(path))
    ? work({ path, flags: 0, owner: undefined })
    : walking((walk) => walk.to(resolve(path)), work);
}

/** As inDirectoryOf, but of what `path` leads to, by the same rule, when it is a link itself. */
export async function atTargetOf<T>(path: string, work: (place: Place) => Promise<T>): Promise<T> {
  return (await isUnguarded(path))
    ? work({ path, flags: 0, owner: undefined })
    : walking((walk) => walk.toTarget(resolve(path)), work);
}

/**
 * Whether an open file may be another user's under a second name (fs.protected_hardlinks, proc(5)).
 */
export function isOfAnother(
  { owner }: Place,
  { uid, nlink }: { readonly uid: number; readonly nlink: number },
): boolean {
  return owner !== undefined && nlink > 1 && uid !== owner;
}

async function isUnguarded(path: string): Promise<boolean> {
  if (process.geteuid?.() !== 0 || /^\/(dev|proc)\//.test(path)) return true;
  const directory = dirname(resolve(path));
  const nowMs = performance.now();
  const held = rootsAlone.get(directory);
  if (held !== undefined && nowMs - held.atMs < HOLD_MS) return held.is;
  const is = findPathWriters(directory).then(
    ({ grants, unseen, exists }) => exists && unseen === undefined && grants.length === 0,
  );
  rootsAlone.set(directory, { atMs: nowMs, is });
  return is;
}

async function walking<T>(
  go: (walk: Walk) => Promise<Place>,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const walk = new Walk();
  try {
    return await work(await go(walk));
  } finally {
    await walk.close();
  }
}

interface Directory {
  readonly file: FileHandle;
  readonly uid: number;
  readonly isRoots: boolean;
}

/** Goes from directory to directory by open descriptors, which nobody can exchange. */
class Walk {
  readonly #open: FileHandle[] = [];
  #links = 0;

  async to(path: string): Promise<Place> {
    const directory = await this.#enter(await this.#root(), dirname(path));
    return this.#place(directory, basename(path));
  }

  async toTarget(path: string): Promise<Place> {
    let directory = await this.#enter(await this.#root(), dirname(path));
    let name = basename(path);
    for (;;) {
      const place = this.#place(directory, name);
      const found = await lstat(place.path).catch(() => undefined); // What is not there is made, or not.
      if (found?.isSymbolicLink() !== true) return place;
      const owner = this.#ownerOf(directory, found.uid);
      const target = await readlink(place.path);
      const from = target.startsWith('/') ? await this.#root() : directory;
      directory = await this.#enter(from, dirname(target));
      name = basename(target);
      const led = await lstat(this.#place(directory, name).path).catch(() => undefined); // As above.
      if (owner !== 0 && (led?.uid ?? directory.uid) !== owner) throw loop(path);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((file) => file.close()));
  }

  #place({ file, uid, isRoots }: Directory, name: string): Place {
    return {
      path: `/proc/self/fd/${file.fd}/${name}`,
      flags: constants.O_NOFOLLOW,
      owner: isRoots ? undefined : uid,
    };
  }

  #root(): Promise<Directory> {
    return this.#openDirectory('/');
  }

  async #enter(from: Directory, path: string): Promise<Directory> {
    let here = from;
    for (const name of path.split('/').filter((part) => part !== '' && part !== '.')) {
      const entry = `/proc/self/fd/${here.file.fd}/${name}`;
      const found = await lstat(entry);
      if (!found.isSymbolicLink()) {
        here = await this.#openDirectory(entry);
        continue;
      }
      const owner = this.#ownerOf(here, found.uid);
      const target = await readlink(entry);
      const start = target.startsWith('/') ? await this.#root() : here;
      here = await this.#enter(start, target);
      if (owner !== 0 && here.uid !== owner) throw loop(path);
    }
    return here;
  }

  /**
   * Who may have made a link: root's own counts as root's only where nobody else could put it
   * there.
   */
  #ownerOf(directory: Directory, uid: number): number {
    this.#links += 1;
    if (this.#links > MAX_LINKS) throw loop('too many links');
    if (directory.isRoots || uid !== 0) return uid;
    if (directory.uid === 0) throw loop('a link among those of others');
    return directory.uid;
  }

  async #openDirectory(path: string): Promise<Directory> {
    const file = await open(path, O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY);
    this.#open.push(file);
    const { uid, mode } = await file.stat();
    const isSticky = (mode & 0o1000) !== 0;
    return { file, uid, isRoots: uid === 0 && ((mode & 0o022) === 0 || isSticky) };
  }
}

function loop(what: string): Error {
  return Object.assign(new Error(`ELOOP: a link of somebody else leads away, '${what}'`), {
    code: 'ELOOP',
  });
}
