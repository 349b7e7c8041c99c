import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReloadctlError, EXIT } from '../../base/errors.ts';
import { errnoOf, readingError } from '../errno.ts';
import type { LockAttempt, LockHolder } from '../os.ts';
import { inspectDirectory, prepareDirectory } from '../state-place.ts';
import type { StateOwner } from '../state-place.ts';
import type { LockClaim } from './claim.ts';
import { holderBy, lockFileName, removeStaleLocks, tryLockByFile } from './lock-file.ts';
import type { FileLockAttempt, LockFile } from './lock-file.ts';
import { holderOf, type LockWitness } from './lock-holder.ts';
import {
  lockPlacesOf,
  otherLockPlaces,
  rootsLockPlaces,
  SYSTEM_ROOTS,
  type LockRoots,
} from './lock-places.ts';

/** Who takes a lock, and what it knows of others. */
export interface LockContender {
  readonly owner: StateOwner;
  readonly pid: number;
  readonly startTicks: number;
  readonly witness: LockWitness;
  /** Those of the system when it is left out. */
  readonly roots?: LockRoots | undefined;
}

/** More files than this in a directory are worth a look at which of them are stale. */
const MANY_FILES = 64;

const WHAT = 'the directory for locks';

/**
 * Takes lock `name` of this machine. Root's lock keeps everybody out, a user's only that user's
 * runs. Throws a ReloadctlError where no directory can be trusted.
 */
export async function tryLockOfUser(
  name: string,
  purpose: string,
  contender: LockContender,
): Promise<LockAttempt> {
  const { owner, witness, roots = SYSTEM_ROOTS } = contender;
  const file = lockFileName(name);
  const own = choosePlace(lockPlacesOf(owner, roots), owner.uid);
  const superior = owner.uid === 0 ? [] : trusted(rootsLockPlaces(roots), 0);
  const elsewhere = [...superior, ...own.rest];
  const before = await findHolder(elsewhere, file, witness);
  if (before !== undefined) return { ok: false, holder: before };
  const attempt = await takeIn(own.place, name, claimOf(purpose, contender), witness);
  if (!attempt.ok) return attempt;
  // Somebody may have taken it there between the two.
  const after = await findHolder(elsewhere, file, witness);
  if (after !== undefined) {
    await attempt.lock.release();
    return { ok: false, holder: after };
  }
  return { ...attempt, beside: await findOthers(owner.uid, roots, file, witness) };
}

/**
 * The first usable place, and the others that exist: another run may have had to use one of them.
 */
function choosePlace(
  places: readonly string[],
  uid: number,
): { readonly place: string; readonly rest: readonly string[] } {
  const faults: string[] = [];
  for (const [index, path] of places.entries()) {
    const prepared = prepareDirectory(path, uid, { what: WHAT, mode: 0o755 });
    if (prepared.ok && isWritable(prepared.value)) {
      const rest = places.filter((_, other) => other !== index);
      return { place: prepared.value, rest: trusted(rest, uid) };
    }
    faults.push(prepared.ok ? `${prepared.value} is read-only` : prepared.error);
  }
  throw new ReloadctlError(`There is no place for a lock: ${faults.join('; ')}`, {
    code: 'refused',
    exitCode: EXIT.failed,
    hint: 'Set RELOADCTL_STATE_DIR to a directory that only you can write.',
  });
}

function trusted(places: readonly string[], uid: number): readonly string[] {
  return places.flatMap((path) => {
    const found = inspectDirectory(path, uid, WHAT);
    return found.ok ? [found.value] : [];
  });
}

async function takeIn(
  directory: string,
  name: string,
  claim: LockClaim,
  witness: LockWitness,
): Promise<FileLockAttempt> {
  const host = { directory, holderOf: (file: LockFile) => holderOf(file, witness) };
  try {
    const attempt = await tryLockByFile(name, claim, host);
    if (attempt.ok && readdirSync(directory).length > MANY_FILES) {
      await removeStaleLocks(claim, host);
    }
    return attempt;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new ReloadctlError(`The lock could not be taken in ${directory}: ${code}`, {
      code: 'refused',
      exitCode: EXIT.failed,
      hint: code === 'ENOSPC' ? 'The file system is full.' : `See what is wrong with ${directory}.`,
    });
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch (error) {
    readingError(error); // Throws what is no system error. A read-only file system, as a rule.
    return false;
  }
}

function claimOf(
  purpose: string,
  { pid, startTicks, witness }: Pick<LockContender, 'pid' | 'startTicks' | 'witness'>,
): LockClaim {
  const { where } = witness;
  return { pid, startTicks, where, purpose, sinceEpochMs: witness.wallClock() };
}

async function findHolder(
  directories: readonly string[],
  file: string,
  witness: LockWitness,
): Promise<LockHolder | undefined> {
  for (const directory of directories) {
    const holder = await holderBy(join(directory, file), {
      holderOf: (found) => holderOf(found, witness),
    });
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Ordinary users at work on the same, where directory, file and process belong to one user. */
async function findOthers(
  uid: number,
  roots: LockRoots,
  file: string,
  witness: LockWitness,
): Promise<readonly LockHolder[]> {
  const found: LockHolder[] = [];
  for (const place of otherLockPlaces(uid, roots)) {
    const [directory] = trusted([place.path], place.uid);
    if (directory === undefined) continue;
    const holder = await holderBy(join(directory, file), {
      holderOf: async (seen) => {
        if (seen.uid !== place.uid || seen.claim?.where !== witness.where) return undefined;
        return holderOf(seen, witness);
      },
    });
    if (holder !== undefined) found.push(holder);
  }
  return found;
}
