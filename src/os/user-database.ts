import { readFileSync } from 'node:fs';
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
 * The users of this machine: its files, read when first asked, and for what is not in them getent(1), which also knows
 * directory services (LDAP, SSSD).
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
  // Loaded here, since hardly any command gets here, and synchronously, since a value of the configuration is read so.
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
