import { opendirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readingError } from '../errno.ts';
import { chooseStateDirectory, type StateOwner } from '../state-place.ts';

/** Where the system keeps what is gone with the next boot; tests have others. */
export interface LockRoots {
  /** Root's alone. */
  readonly run: string;
  /** Everybody's, sticky. */
  readonly shared: string;
}

/** Of every Linux (file-hierarchy(7)); where /run is missing, the next place does. */
export const SYSTEM_ROOTS: LockRoots = { run: '/run', shared: '/tmp' };

/** How long to look through a shared directory that may be full. */
const LOOK_LIMIT_MS = 50;

/**
 * The directories for the locks of a user, the best first: one that nobody else can make, then one that somebody else could only be quicker
 * to make (which is seen by its owner), then the user's own directory for state. Not by TMPDIR and the like: all runs of a user have to meet.
 */
export function lockPlacesOf(owner: StateOwner, { run, shared }: LockRoots): readonly string[] {
  const { uid } = owner;
  const state = join(chooseStateDirectory(owner), 'locks');
  const inShared = join(shared, `reloadctl-${uid}`);
  return uid === 0
    ? [join(run, 'reloadctl', 'locks'), state, inShared]
    : [join(run, 'user', String(uid), 'reloadctl'), inShared, state];
}

/** Where an ordinary user can see the locks of root. */
export function rootsLockPlaces({ run, shared }: LockRoots): readonly string[] {
  return [join(run, 'reloadctl', 'locks'), join(shared, 'reloadctl-0')];
}

/** Where ordinary users other than `uid` may have locks, as far as it can be seen in a moment. */
export function otherLockPlaces(
  uid: number,
  { run, shared }: LockRoots,
): ReadonlyArray<{ readonly uid: number; readonly path: string }> {
  const places = [
    ...listUsers(join(run, 'user'), /^(\d+)$/).map((user) => ({
      uid: user,
      path: join(run, 'user', String(user), 'reloadctl'),
    })),
    ...listUsers(shared, /^reloadctl-(\d+)$/).map((user) => ({
      uid: user,
      path: join(shared, `reloadctl-${user}`),
    })),
  ].filter((place) => place.uid !== 0 && place.uid !== uid);
  // What a user's own file system answers, and whether, is the user's will.
  const fuse = places.length === 0 ? [] : listFuseMounts();
  return places.filter(
    ({ path }) => !fuse.some((mount) => path === mount || path.startsWith(`${mount}/`)),
  );
}

function listUsers(directory: string, name: RegExp): readonly number[] {
  const found: number[] = [];
  const endMs = performance.now() + LOOK_LIMIT_MS;
  try {
    const entries = opendirSync(directory, { bufferSize: 256 });
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        const uid = name.exec(entry.name)?.[1];
        if (uid !== undefined) found.push(Number(uid));
        if (performance.now() > endMs) break;
      }
    } finally {
      entries.closeSync();
    }
  } catch (error) {
    readingError(error); // Throws what is no system error. Who is not seen is not told of.
  }
  return found;
}

/** The mount points of file systems that are programs (proc_pid_mountinfo(5)). */
function listFuseMounts(): readonly string[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(' - fuse'))
      .map((line) => line.split(' ')[4] ?? '');
  } catch (error) {
    readingError(error); // Throws what is no system error. Other systems have no such file.
    return [];
  }
}
