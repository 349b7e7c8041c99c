import { readFileSync } from 'node:fs';
import { helperEnvironment } from '../os/helper-path.ts';

/** A user of this machine. */
interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A group of this machine. */
interface Group {
  readonly name: string;
  readonly gid: number;
}

/** Where user= and chown= values are looked up. */
export interface UserDatabase {
  user(key: { readonly name: string } | { readonly uid: number }): User | undefined;
  group(key: { readonly name: string } | { readonly gid: number }): Group | undefined;
}

const GETENT = 'getent';
const GETENT_TIMEOUT_MS = 10_000;

/** The database in the texts of /etc/passwd and /etc/group (passwd(5), group(5)); lines that are no entry are passed over. */
export function parseUserDatabase(passwd: string, group: string): UserDatabase {
  const users = passwd.split('\n').flatMap(parseUser);
  const groups = group.split('\n').flatMap(parseGroup);
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
  const askOnce = rememberAnswers(getent);
  return {
    user: (key) =>
      read().user(key) ?? parseUser(askOnce('passwd', 'name' in key ? key.name : key.uid))[0],
    group: (key) =>
      read().group(key) ?? parseGroup(askOnce('group', 'name' in key ? key.name : key.gid))[0],
  };
}

/** A thousand programs of one user are one question, which takes a process of its own. */
function rememberAnswers(ask: typeof getent): typeof getent {
  const answers = new Map<string, string>();
  return (database, key) => {
    const question = JSON.stringify([database, key]);
    const answer = answers.get(question) ?? ask(database, key);
    answers.set(question, answer);
    return answer;
  };
}

function parseUser(line: string): readonly User[] {
  const [name, , uid, gid, , home] = line.split(':');
  if (name === undefined || name === '' || home === undefined) return [];
  return isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [];
}

function parseGroup(line: string): readonly Group[] {
  const [name, , gid] = line.split(':');
  return name !== undefined && name !== '' && isId(gid) ? [{ name, gid: Number(gid) }] : [];
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Some containers have no such file: then nobody is in it.
  }
}

function getent(database: 'passwd' | 'group', key: string | number): string {
  // Loaded here, since hardly any command gets here, and synchronously, since a value of the configuration is read so.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  // '--' keeps a name that begins with '-' from being an option.
  try {
    return execFileSync(GETENT, [database, '--', String(key)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: GETENT_TIMEOUT_MS,
      env: helperEnvironment(),
    }).trimEnd();
  } catch {
    return ''; // Exit status 2: no such entry. No getent at all (musl): the files are everything there is.
  }
}
