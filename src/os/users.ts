import { readFile } from 'node:fs/promises';
import type { Credentials, Rights } from './credentials.ts';
import { readingError } from './errno.ts';
import { helperEnvironment } from './helper-path.ts';
import { parsePasswd, type UserEntry } from './user-database.ts';

/** A directory of users elsewhere (LDAP) may be slow or gone; an unknown name must not hold a command up. */
const GETENT_LIMIT_MS = 3000;

/** The user called `name`: from /etc/passwd, else as `getent passwd` knows it (LDAP, sssd). */
export function findUserByName(name: string): Promise<UserEntry | undefined> {
  return findUser(name, (user) => user.name === name);
}

/** The user with number `uid`: from /etc/passwd, else as `getent passwd` knows it (LDAP, sssd). */
export function findUserById(uid: number): Promise<UserEntry | undefined> {
  return findUser(String(uid), (user) => user.uid === uid);
}

/**
 * The rights of a user whom the configuration names: its groups are those of the group database. Where that is silent it has no more
 * than its own group, never what we have.
 */
export async function rightsOf(user: Pick<Credentials, 'uid' | 'gid' | 'name'>): Promise<Rights> {
  if (user.uid === process.geteuid?.()) return 'ours';
  const { uid, gid, name } = user;
  return { uid, gid, groups: await findGroups(name), name };
}

/** Hundreds of programs of one user may be started at once. */
const GROUPS_HOLD_MS = 2000;

const known = new Map<
  string,
  { readonly atMs: number; readonly groups: Promise<readonly number[]> }
>();

function findGroups(name: string): Promise<readonly number[]> {
  const nowMs = performance.now();
  const found = known.get(name);
  if (found !== undefined && nowMs - found.atMs < GROUPS_HOLD_MS) return found.groups;
  const groups = askGroups(name);
  known.set(name, { atMs: nowMs, groups });
  return groups;
}

/** As id(1) knows them, which asks what the system is set up to ask. */
async function askGroups(name: string): Promise<readonly number[]> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin' };
    execFile('id', ['-G', '--', name], { timeout: GETENT_LIMIT_MS, env }, (error, stdout) => {
      const groups = stdout.trim().split(/\s+/).map(Number);
      resolve(error === null && groups.every(Number.isSafeInteger) ? groups : []);
    });
  });
}

async function findUser(
  key: string,
  matches: (user: UserEntry) => boolean,
): Promise<UserEntry | undefined> {
  const local = parsePasswd(await readPasswd()).find(matches);
  if (local !== undefined) return local;
  // getent takes a number for a user id, so what it finds is compared once more.
  return parsePasswd(await askNameService(key)).find(matches);
}

async function readPasswd(): Promise<string> {
  try {
    return await readFile('/etc/passwd', 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error; a container may come without the file.
    return '';
  }
}

async function askNameService(key: string): Promise<string> {
  if (key === '' || key.includes('\0')) return '';
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const options = {
      timeout: GETENT_LIMIT_MS,
      maxBuffer: 64 * 1024,
      encoding: 'utf8' as const,
      env: helperEnvironment(),
    };
    execFile('getent', ['passwd', '--', key], options, (error, stdout) => {
      // Exit status 2 is "not found"; a system without getent has no other source of users either.
      resolve(error === null ? stdout : '');
    });
  });
}
