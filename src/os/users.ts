import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Credentials, Rights } from './credentials.ts';
import { readingError } from './errno.ts';
import { helperEnvironment } from './helper-path.ts';

/** A user of the system. */
export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A group of the system, with the names of those who are listed in it. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Users and groups as they can be looked up while a configuration is read, which is at once. */
export interface UserDatabase {
  user(key: { readonly name: string } | { readonly uid: number }): UserEntry | undefined;
  group(key: { readonly name: string } | { readonly gid: number }): GroupEntry | undefined;
}

/** A directory service (LDAP) may be slow or gone; an unknown name must not hold a command up. */
const GETENT_LIMIT_MS = 3000;

/** The user called `name`: from /etc/passwd, else as `getent passwd` knows it (LDAP, sssd). */
export function findUserByName(name: string): Promise<UserEntry | undefined> {
  return findUser(name, (user) => user.name === name);
}

/** The user with number `uid`: from /etc/passwd, else as `getent passwd` knows it (LDAP, sssd). */
export function findUserById(uid: number): Promise<UserEntry | undefined> {
  return findUser(String(uid), (user) => user.uid === uid);
}

/** The rights of a configured user, with the groups of the group database, or none but its own. */
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

/** Reads lines of passwd(5) and passes over what is none. */
export function parsePasswd(text: string): readonly UserEntry[] {
  return text.split('\n').flatMap((line): UserEntry[] => {
    const [name, , uid, gid, , home, shell] = line.split(':');
    if (name === undefined || name === '' || home === undefined || shell === undefined) return [];
    if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home, shell }];
  });
}

/** Reads lines of group(5) and passes over what is none. */
export function parseGroups(text: string): readonly GroupEntry[] {
  return text.split('\n').flatMap((line): GroupEntry[] => {
    const [name, , gid, members] = line.split(':');
    if (name === undefined || name === '' || members === undefined) return [];
    if (!/^\d+$/.test(gid ?? '')) return [];
    return [{ name, gid: Number(gid), members: members.split(',').filter((each) => each !== '') }];
  });
}

/** The users and groups in the texts of /etc/passwd and /etc/group. */
export function parseUserDatabase(passwd: string, group: string): UserDatabase {
  const users = parsePasswd(passwd);
  const groups = parseGroups(group);
  return {
    user: (key) =>
      users.find((each) => ('name' in key ? each.name === key.name : each.uid === key.uid)),
    group: (key) =>
      groups.find((each) => ('name' in key ? each.name === key.name : each.gid === key.gid)),
  };
}

/**
 * The users of this machine: from its files, and otherwise from getent(1), which knows LDAP and
 * SSSD.
 */
export function systemUsers(): UserDatabase {
  let files: UserDatabase | undefined;
  const read = (): UserDatabase =>
    (files ??= parseUserDatabase(readOrNothing('/etc/passwd'), readOrNothing('/etc/group')));
  // A thousand programs of one user are one question, which takes a process of its own.
  const answers = new Map<string, string>();
  const ask = (database: 'passwd' | 'group', key: string | number): string => {
    const question = `${database} ${key}`;
    const answer = answers.get(question) ?? getent(database, String(key));
    answers.set(question, answer);
    return answer;
  };
  return {
    user: (key) =>
      read().user(key) ?? parsePasswd(ask('passwd', 'name' in key ? key.name : key.uid))[0],
    group: (key) =>
      read().group(key) ?? parseGroups(ask('group', 'name' in key ? key.name : key.gid))[0],
  };
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Some containers have no such file: then nobody is in it.
  }
}

const GETENT_TIMEOUT_MS = 10_000;

function getent(database: 'passwd' | 'group', key: string): string {
  // Loaded here, as hardly any command gets here; synchronous, as reading a configuration is.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  // '--' keeps a name that begins with '-' from being an option.
  try {
    return execFileSync('getent', [database, '--', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: GETENT_TIMEOUT_MS,
      env: helperEnvironment(),
    });
  } catch {
    return ''; // Exit status 2: no such entry. No getent at all (musl): the files are everything there is.
  }
}
