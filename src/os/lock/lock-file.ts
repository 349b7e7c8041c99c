import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../clock.ts';
import { errnoOf, readingError } from '../errno.ts';
import type { HeldLock, LockHolder } from '../os.ts';
import { MAX_CLAIM_BYTES, formatClaim, parseClaim } from './claim.ts';
import type { LockClaim } from './claim.ts';

/** What is on the disk of a lock: the claim counts as far as the owner of the file is believed. */
export interface LockFile {
  readonly claim: LockClaim | undefined;
  /** Whose file it is. */
  readonly uid: number;
  /** When its holder has last said that it is there, at most {@link RENEW_MS} ago. */
  readonly renewedEpochMs: number;
}

/** What a lock file needs to know of its system. */
export interface LockFileHost {
  /** A directory that only those who contend for the lock can write. */
  readonly directory: string;
  /** Who holds a lock by its file, or undefined when its holder is gone. */
  holderOf(file: LockFile): Promise<LockHolder | undefined>;
}

/** The outcome of {@link tryLockByFile}. */
export type FileLockAttempt =
  | { readonly ok: true; readonly lock: HeldLock }
  | { readonly ok: false; readonly holder: LockHolder };

/**
 * How often a holder touches its file: for runs that cannot see its process (other containers), and
 * so that nothing tidies it away.
 */
export const RENEW_MS = 10_000;

/** A holder can be gone, or a stale file be removed, between two steps; then all is tried again. */
const MAX_ATTEMPTS = 5;
const RETRY_MS = 10;

/** A run that was killed while it removed a stale lock leaves a second stale lock, and so on. */
const MAX_DEPTH = 4;

/**
 * A run links its file within milliseconds; one as old as this belongs to a run that was killed.
 */
const ABANDONED_AFTER_MS = 60_000;

const LOCK = /^reloadctl-[0-9a-f]{32}\.lock$/;

const NOBODY_KNOWN: LockHolder = {
  pid: undefined,
  uid: undefined,
  user: undefined,
  program: undefined,
  purpose: undefined,
  sinceEpochMs: undefined,
};

/** The file that is linked to a lock's name, and its text. */
interface Claimant {
  readonly file: string;
  readonly text: string;
}

/** The name of the file of lock `name`. */
export function lockFileName(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `reloadctl-${hash}.lock`;
}

/**
 * Takes a lock, a file that names its holder by pid and start time, or takes it over from a holder
 * that is gone. Rejects with the system error where no file can be made.
 */
export async function tryLockByFile(
  name: string,
  claim: LockClaim,
  host: LockFileHost,
): Promise<FileLockAttempt> {
  const path = join(host.directory, lockFileName(name));
  const holder = await holderBy(path, host);
  if (holder !== undefined) return { ok: false, holder };
  const claimant = { file: `${path}.${randomUUID()}`, text: formatClaim(claim) };
  writeFileSync(claimant.file, claimant.text, { flag: 'wx', mode: 0o644 });
  try {
    const found = await take(path, claimant, host, 1);
    return found === undefined
      ? { ok: true, lock: hold(path, claimant.text) }
      : { ok: false, holder: found };
  } finally {
    rmSync(claimant.file, { force: true });
  }
}

/** Who holds the lock at `path`; undefined when nobody does, or the file may not be looked at. */
export async function holderBy(
  path: string,
  host: Pick<LockFileHost, 'holderOf'>,
): Promise<LockHolder | undefined> {
  const found = read(path);
  return found === undefined ? undefined : host.holderOf(toLockFile(found));
}

/** Removes what killed runs have left in the directory. */
export async function removeStaleLocks(claim: LockClaim, host: LockFileHost): Promise<void> {
  const text = formatClaim(claim);
  for (const name of readdirSync(host.directory)) {
    const path = join(host.directory, name);
    if (!LOCK.test(name)) {
      removeAbandoned(path);
      continue;
    }
    const found = read(path);
    if (found === undefined || (await host.holderOf(toLockFile(found))) !== undefined) continue;
    const claimant = { file: `${path}.${randomUUID()}`, text };
    writeFileSync(claimant.file, text, { flag: 'wx', mode: 0o644 });
    try {
      await removeStale(path, found.text, claimant, host, 1);
    } finally {
      rmSync(claimant.file, { force: true });
    }
  }
}

function hold(path: string, text: string): HeldLock {
  const renewal = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch (error) {
      readingError(error); // Throws what is no system error. Somebody has cleared the directory.
    }
  }, RENEW_MS).unref();
  return {
    release: () => {
      clearInterval(renewal);
      removeIfText(path, text);
      return Promise.resolve();
    },
  };
}

/** Gives `path` to the claimant, or returns who has it. */
async function take(
  path: string,
  claimant: Claimant,
  host: LockFileHost,
  depth: number,
): Promise<LockHolder | undefined> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await realClock.sleep(RETRY_MS);
    if (linkUnlessExists(claimant.file, path)) return undefined;
    const found = read(path);
    if (found === undefined) continue; // Released just now.
    const holder = await host.holderOf(toLockFile(found));
    if (holder !== undefined) return holder;
    await removeStale(path, found.text, claimant, host, depth);
  }
  return NOBODY_KNOWN; // Others are quicker each time.
}

/**
 * Removes a stale lock under a lock of its own: a quicker run could have put a new one in its
 * place.
 */
async function removeStale(
  path: string,
  stale: string,
  claimant: Claimant,
  host: LockFileHost,
  depth: number,
): Promise<void> {
  const guard = `${path}.stale`;
  if (depth > MAX_DEPTH) return;
  if ((await take(guard, claimant, host, depth + 1)) !== undefined) return;
  try {
    removeIfText(path, stale);
  } finally {
    removeIfText(guard, claimant.text);
  }
}

function removeAbandoned(path: string): void {
  try {
    const isOld = realClock.wallClock() - statSync(path).mtimeMs > ABANDONED_AFTER_MS;
    if (isOld && !path.endsWith('.stale')) unlinkSync(path);
  } catch (error) {
    readingError(error); // Throws what is no system error; another run was quicker.
  }
}

/** link(2) makes the lock appear with its content; with O_EXCL it would be empty at first. */
function linkUnlessExists(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

interface Found {
  readonly text: string;
  readonly uid: number;
  readonly mtimeMs: number;
}

function toLockFile({ text, uid, mtimeMs }: Found): LockFile {
  return { claim: parseClaim(text), uid, renewedEpochMs: mtimeMs };
}

function read(path: string): Found | undefined {
  try {
    // Anybody may have put anything there: no link is followed and no FIFO waited for.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { uid, mtimeMs } = fstatSync(fd);
      const buffer = Buffer.alloc(MAX_CLAIM_BYTES);
      return { text: buffer.toString('utf8', 0, readSync(fd, buffer)), uid, mtimeMs };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return readingError(error) === 'gone' ? undefined : { text: '', uid: -1, mtimeMs: 0 };
  }
}

function removeIfText(path: string, text: string): void {
  if (read(path)?.text !== text) return;
  try {
    unlinkSync(path);
  } catch (error) {
    // In a sticky directory the file of another user stays, and with it the lock.
    if (readingError(error) === 'unsupported') throw error;
  }
}
