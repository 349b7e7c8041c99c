import { createHash, randomUUID } from 'node:crypto';
import { link, open, rm, unlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../clock.ts';
import { errnoOf, readingError } from '../errno.ts';
import type { LockAttempt, LockHolder } from '../os.ts';
import { MAX_CLAIM_BYTES, formatClaim, parseClaim } from './claim.ts';
import type { LockClaim } from './claim.ts';

/** What a lock file needs to know of its system. */
export interface LockFileHost {
  /** A directory that every contender uses. */
  readonly directory: string;
  /** Whether the process that wrote the claim still runs. */
  isAlive(claim: LockClaim): Promise<boolean>;
}

/** A holder can be gone, or a stale file be removed, between two steps; then all is tried again. */
const MAX_ATTEMPTS = 5;
const RETRY_MS = 10;

/** A run that was killed while it removed a stale lock leaves a second stale lock, and so on. */
const MAX_DEPTH = 4;

/** The file that is linked to a lock's name, and its text. */
interface Claimant {
  readonly file: string;
  readonly text: string;
}

/**
 * Takes a lock that is a file naming its holder by pid and start time, for systems without abstract sockets. A file whose holder is
 * gone is taken over, where the directory permits it (in a sticky one only to its owner and root).
 */
export async function tryLockByFile(
  name: string,
  claim: LockClaim,
  host: LockFileHost,
): Promise<LockAttempt> {
  const path = join(host.directory, `reloadctl-${hashOf(name)}.lock`);
  const claimant = { file: `${path}.${randomUUID()}`, text: formatClaim(claim) };
  await writeFile(claimant.file, claimant.text, { flag: 'wx', mode: 0o644 });
  try {
    const found = await take(path, claimant, host, 1);
    if (found === undefined) {
      return { ok: true, lock: { release: () => removeIfText(path, claimant.text) } };
    }
    return { ok: false, holder: toHolder(parseClaim(found)) };
  } finally {
    await rm(claimant.file, { force: true });
  }
}

/** Gives `path` to the claimant, or returns the text of the one who has it. */
async function take(
  path: string,
  claimant: Claimant,
  host: LockFileHost,
  depth: number,
): Promise<string | undefined> {
  let found = '';
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await realClock.sleep(RETRY_MS);
    if (await linkUnlessExists(claimant.file, path)) return undefined;
    const text = await readBounded(path);
    if (text === undefined) continue; // Released just now.
    found = text;
    const holder = parseClaim(text);
    if (holder === undefined || (await host.isAlive(holder))) return text;
    await removeStale(path, text, claimant, host, depth);
  }
  return found;
}

/**
 * Removes a stale lock while holding a lock on that: between reading and removing, a quicker contender could have put its own in the
 * place of the stale one.
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
    await removeIfText(path, stale);
  } finally {
    await removeIfText(guard, claimant.text);
  }
}

function toHolder(claim: LockClaim | undefined): LockHolder {
  const { pid, uid, user, purpose, sinceEpochMs } = claim ?? {};
  return { pid, uid, user, purpose, sinceEpochMs };
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** link(2) makes the lock and its content appear in one step; open(2) with O_EXCL would show an empty file first. */
async function linkUnlessExists(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    // Anybody may have put anything there: no link is followed and no FIFO waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_CLAIM_BYTES), 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return readingError(error) === 'gone' ? undefined : '';
  }
}

async function removeIfText(path: string, text: string): Promise<void> {
  if ((await readBounded(path)) !== text) return;
  try {
    await unlink(path);
  } catch (error) {
    // In a sticky directory the file of another user stays, and with it the lock.
    if (readingError(error) === 'unsupported') throw error;
  }
}
