import { lstat, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toReading } from './errno.ts';
import { toFileStat } from './files.ts';
import { readGroupMembers, type GroupMembers } from './group-members.ts';
import type { FileStat, Reading } from './proc.ts';

/** Whoever has an account on this machine. */
type Writer = number | 'anybody';

/** One reason why somebody can decide what a path leads to. */
export interface PathGrant {
  readonly writer: Writer;
  /** The file, directory or link whose owner and mode allow it. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /**
   * 'replace': put something else, or something at all, at the name. 'write': change the content.
   */
  readonly may: 'replace' | 'write';
}

/** Who else than root can decide what a path leads to, as {@link findPathWriters} sees it. */
export interface PathWriters {
  /** False where a component is missing: the grants are then of who could make it. */
  readonly exists: boolean;
  /** The path without links, as far as it could be followed. */
  readonly realPath: string;
  readonly grants: readonly PathGrant[];
  /**
   * A component that could not be looked at, such as a loop of links: what is behind it is unknown.
   */
  readonly unseen: string | undefined;
}

/** What is asked of the system; tests give their own. */
export interface PathFiles {
  readonly lstat: (path: string) => Promise<Reading<FileStat>>;
  readonly readLink: (path: string) => Promise<Reading<string>>;
  readonly groupMembers: () => Promise<GroupMembers>;
}

/** The file system below `root`, '' for ours. The groups are read once for all paths. */
export function pathFilesBelow(root: string): PathFiles {
  let members: Promise<GroupMembers> | undefined;
  return {
    lstat: (path) => toReading(async () => toFileStat(await lstat(`${root}${path}`))),
    readLink: (path) => toReading(() => readlink(`${root}${path}`)),
    groupMembers: () => (members ??= readGroupMembers()),
  };
}

/** As many links as Linux follows (path_resolution(7), MAXSYMLINKS). */
const MAX_LINKS = 40;
const STICKY = 0o1000;

/**
 * Who else than root can write the file or directory at `path`, or put another in its place: by owner, group and mode of every component,
 * those of links included. In a sticky directory only its owner and that of the entry can take the entry away (inode(7)), and everybody who may
 * write there can make a missing one. Rights to search are not counted: a process can have its directory behind a closed one.
 * Access control lists are not read; where they let a named user write, the group's bits show it.
 */
export async function findPathWriters(
  path: string,
  files: PathFiles = pathFilesBelow(''),
): Promise<PathWriters> {
  const groups = await files.groupMembers();
  const grants: PathGrant[] = [];
  const rest = componentsOf(resolve(path));
  let links = 0;
  let real = '/';
  const top = await files.lstat(real);
  if (!top.ok) return { exists: false, realPath: real, grants, unseen: real };
  let above = top.value;
  for (;;) {
    const name = rest.shift();
    if (name === undefined) break;
    if (name === '..') {
      real = parentOf(real);
      const parent = await files.lstat(real);
      if (!parent.ok) return { exists: false, realPath: real, grants, unseen: real };
      above = parent.value;
      continue;
    }
    const here = real === '/' ? `/${name}` : `${real}/${name}`;
    const entry = await files.lstat(here);
    if (!entry.ok && entry.error !== 'gone') {
      grants.push(...grantsOf(real, above, 'replace', writersOf(above, groups)));
      return { exists: false, realPath: here, grants: distinct(grants), unseen: here };
    }
    const takers = entry.ok ? replacersOf(above, entry.value, groups) : writersOf(above, groups);
    grants.push(...grantsOf(real, above, 'replace', takers));
    if (!entry.ok) {
      return { exists: false, realPath: here, grants: distinct(grants), unseen: undefined };
    }
    if (entry.value.kind === 'symlink') {
      links += 1;
      const target = await files.readLink(here);
      if (!target.ok || links > MAX_LINKS) {
        return { exists: false, realPath: here, grants: distinct(grants), unseen: here };
      }
      rest.unshift(...componentsOf(target.value));
      if (target.value.startsWith('/')) {
        real = '/';
        above = top.value;
      }
      continue;
    }
    if (entry.value.kind !== 'directory' && rest.length > 0) {
      return { exists: false, realPath: here, grants: distinct(grants), unseen: undefined };
    }
    real = here;
    above = entry.value;
  }
  // Who may write a socket may connect to it, which puts nothing in its place.
  if (above.kind !== 'socket') {
    grants.push(...grantsOf(real, above, 'write', writersOf(above, groups)));
  }
  return { exists: true, realPath: real, grants: distinct(grants), unseen: undefined };
}

/** The grants of everybody but `trusted` (and root). */
export function grantsOfStrangers(
  { grants }: PathWriters,
  trusted: readonly number[],
): readonly PathGrant[] {
  return grants.filter(({ writer }) => writer === 'anybody' || !trusted.includes(writer));
}

/** Whether nobody but `trusted` and root decides what the path leads to. What could not be seen is not believed. */
export function isWrittenOnlyBy(writers: PathWriters, trusted: readonly number[]): boolean {
  return writers.unseen === undefined && grantsOfStrangers(writers, trusted).length === 0;
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Who may write to a file, or make something in a directory. Its owner can always give himself the right. */
function writersOf({ uid, gid, mode }: FileStat, groups: GroupMembers): readonly Writer[] {
  if (mode & 0o002) return ['anybody'];
  return [uid, ...(mode & 0o020 ? membersOf(gid, groups) : [])];
}

/** Who may take `entry` out of `directory` to put something else at its name. */
function replacersOf(
  directory: FileStat,
  entry: FileStat,
  groups: GroupMembers,
): readonly Writer[] {
  const writers = writersOf(directory, groups);
  if ((directory.mode & STICKY) === 0) return writers;
  const owns = writers.includes('anybody') || writers.includes(entry.uid);
  return owns ? [directory.uid, entry.uid] : [directory.uid];
}

/** A group that nobody can name the members of may have anybody. */
function membersOf(gid: number, groups: GroupMembers): readonly Writer[] {
  return groups.get(gid) ?? ['anybody'];
}

function grantsOf(
  path: string,
  { mode, uid, gid }: FileStat,
  may: PathGrant['may'],
  writers: readonly Writer[],
): readonly PathGrant[] {
  return writers
    .filter((writer) => writer !== 0)
    .map((writer) => ({ writer, path, mode: mode & 0o7777, uid, gid, may }));
}

function distinct(grants: readonly PathGrant[]): readonly PathGrant[] {
  const seen = new Map(
    grants.map((grant) => [`${grant.writer} ${grant.may} ${grant.path}`, grant]),
  );
  return [...seen.values()];
}
