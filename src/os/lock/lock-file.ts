import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, readingError } from '../errno.ts';
import type { LockAttempt } from '../os.ts';
import { MAX_CLAIM_BYTES, formatClaim, parseClaim } from './claim.ts';
import type { LockClaim } from './claim.ts';

/** What a lock file needs to know of its system. */
export interface LockFileHost {
  /** A directory that every contender uses. */
  readonly directory: string;
  /** Whether the process that wrote the claim still runs. */
  isAlive(claim: LockClaim): Promise<boolean>;
}

/** Contenders that take over a stale lock at the same moment get in each other's way; each round one of them is through. */
const MAX_ATTEMPTS = 5;

/**
 * Takes a lock that is a file naming its holder by pid and start time, for systems without abstract sockets. A file whose holder is
 * gone is taken over, where the directory permits it (in a sticky one only by its owner and root).
 */
export async function tryLockByFile(
  name: string,
  claim: LockClaim,
  host: LockFileHost,
): Promise<LockAttempt> {
  const path = join(host.directory, `reloadctl-${hashOf(name)}.lock`);
  const text = formatClaim(claim);
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, text, { flag: 'wx', mode: 0o644 });
  try {
    for (let attempt = 1; ; attempt += 1) {
      if (await linkUnlessExists(own, path)) {
        return { ok: true, lock: { release: () => removeOwn(path, text) } };
      }
      const found = await readBounded(path);
      if (found === undefined && attempt < MAX_ATTEMPTS) continue; // Released just now.
      const holder = parseClaim(found ?? '');
      const isStale = holder !== undefined && !(await host.isAlive(holder));
      const isRemoved = isStale && found !== undefined && (await removeStale(path, found));
      if (!isRemoved || attempt >= MAX_ATTEMPTS) {
        return {
          ok: false,
          holder: {
            pid: holder?.pid,
            uid: holder?.uid,
            user: holder?.user,
            purpose: holder?.purpose,
            sinceEpochMs: holder?.sinceEpochMs,
          },
        };
      }
    }
  } finally {
    await rm(own, { force: true });
  }
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

/** Moves a stale lock aside, and back when it turns out to be a new one that was made in the meantime. */
async function removeStale(path: string, stale: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    return readingError(error) === 'gone';
  }
  if ((await readFile(aside, 'utf8')) !== stale) await linkUnlessExists(aside, path);
  await rm(aside, { force: true });
  return true;
}

async function removeOwn(path: string, text: string): Promise<void> {
  if ((await readBounded(path)) === text) await rm(path, { force: true });
}
