import { readFile } from 'node:fs/promises';
import { toReading } from './errno.ts';
import { parseGroups, parsePasswd, type UserEntry } from './user-database.ts';

/** The uids of each group by gid; 'anybody' where a member is not in /etc/passwd. */
export type GroupMembers = ReadonlyMap<number, ReadonlyArray<number | 'anybody'>>;

/** The members of each group: those that /etc/group lists, and those whose primary group it is. */
export function readGroupMembers(): Promise<GroupMembers> {
  const nowMs = performance.now();
  if (held === undefined || nowMs - held.atMs > HOLD_MS) held = { atMs: nowMs, members: read() };
  return held.members;
}

/** Many paths are asked about at a time. */
const HOLD_MS = 1000;

let held: { readonly atMs: number; readonly members: Promise<GroupMembers> } | undefined;

async function read(): Promise<GroupMembers> {
  const [group, passwd] = await Promise.all([readText('/etc/group'), readText('/etc/passwd')]);
  return parseGroupMembers(group, parsePasswd(passwd));
}

/** Reads lines of group(5) and passes over what is none. */
export function parseGroupMembers(text: string, users: readonly UserEntry[]): GroupMembers {
  const uids = new Map(users.map(({ name, uid }) => [name, uid]));
  const members = new Map<number, Set<number | 'anybody'>>();
  for (const { gid, members: listed } of parseGroups(text)) {
    const own = users.filter((user) => user.gid === gid).map(({ uid }) => uid);
    const known = members.get(gid) ?? new Set();
    for (const each of [...listed.map((user) => uids.get(user) ?? ('anybody' as const)), ...own]) {
      known.add(each);
    }
    members.set(gid, known);
  }
  return new Map([...members].map(([gid, each]) => [gid, [...each]]));
}

async function readText(path: string): Promise<string> {
  const text = await toReading(() => readFile(path, 'utf8'));
  return text.ok ? text.value : ''; // A container may come without the file: every group is then unknown.
}
