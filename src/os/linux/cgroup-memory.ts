import { posix } from 'node:path';

/** Reads a small file; undefined when it is missing or not readable. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** Where a control group hierarchy that can limit memory is mounted. */
export interface CgroupMount {
  readonly version: 1 | 2;
  /** The group at the mount point; '/' unless the mount shows only a part, as in containers. */
  readonly root: string;
  readonly mountPoint: string;
}

/** A group and its limits, in the names of one version of the interface (cgroups(7)). */
const FILES = {
  1: {
    limits: ['memory.limit_in_bytes'],
    usage: 'memory.usage_in_bytes',
    reclaimable: 'total_inactive_file',
  },
  2: {
    limits: ['memory.max', 'memory.high'],
    usage: 'memory.current',
    reclaimable: 'inactive_file',
  },
} as const;

/** Version 1 says "no limit" as the largest multiple of the page size in 63 bits. */
const NO_LIMIT_BYTES = 2 ** 60;

/**
 * Bytes that the control groups of `pid` ('self' for us) leave, including cache that can be
 * dropped. Undefined when no limit can be seen from here.
 */
export async function readCgroupHeadroom(
  read: ReadText,
  pid: number | 'self',
): Promise<number | undefined> {
  const [mountinfo, membership] = await Promise.all([
    read('/proc/self/mountinfo'),
    read(`/proc/${pid}/cgroup`),
  ]);
  if (mountinfo === undefined || membership === undefined) return undefined;
  const groups = parseMembership(membership);
  const directories = parseCgroupMounts(mountinfo).flatMap((mount) => {
    const group = groups[mount.version];
    return group === undefined
      ? []
      : directoriesUpwards(mount, group).map((path) => ({ path, version: mount.version }));
  });
  const headrooms = await Promise.all(
    directories.map(({ path, version }) => headroomOf(read, path, version)),
  );
  return smallest(headrooms);
}

/** The smallest of the values that are known. */
export function smallest(values: ReadonlyArray<number | undefined>): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The mounts of cgroup2 and of version 1's memory controller in /proc/self/mountinfo. */
export function parseCgroupMounts(mountinfo: string): readonly CgroupMount[] {
  return mountinfo.split('\n').flatMap((line): CgroupMount[] => {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , root, mountPoint] = before.split(' ');
    const [type, , superOptions = ''] = after.split(' ');
    if (root === undefined || mountPoint === undefined) return [];
    const place = { root: unescapePath(root), mountPoint: unescapePath(mountPoint) };
    if (type === 'cgroup2') return [{ version: 2, ...place }];
    if (type === 'cgroup' && superOptions.split(',').includes('memory')) {
      return [{ version: 1, ...place }];
    }
    return [];
  });
}

/** The group of a process in each version's hierarchy, from the text of /proc/PID/cgroup. */
export function parseMembership(text: string): Readonly<Record<1 | 2, string | undefined>> {
  const groups: Record<1 | 2, string | undefined> = { 1: undefined, 2: undefined };
  for (const line of text.split('\n')) {
    // hierarchy-ID:controller-list:cgroup-path; the path may hold colons.
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === '0' && controllers === '') groups[2] = path;
    else if (controllers?.split(',').includes('memory')) groups[1] = path;
  }
  return groups;
}

/** The directory of `group` and of each group above it, up to the mount point. */
function directoriesUpwards(mount: CgroupMount, group: string): readonly string[] {
  const below = posix.relative(mount.root, group);
  // A group outside the mount ("/../other" in a namespace): only the mount point is above both.
  const outside = group.startsWith('/..') || below.startsWith('..');
  const parts = outside || below === '' ? [] : below.split('/');
  return Array.from({ length: parts.length + 1 }, (_, index) =>
    posix.join(mount.mountPoint, ...parts.slice(0, parts.length - index)),
  );
}

async function headroomOf(
  read: ReadText,
  directory: string,
  version: 1 | 2,
): Promise<number | undefined> {
  const files = FILES[version];
  const limits = await Promise.all(
    files.limits.map(async (file) => toLimit(await read(`${directory}/${file}`))),
  );
  const limit = smallest(limits);
  if (limit === undefined) return undefined;
  const [usage, statistics] = await Promise.all([
    read(`${directory}/${files.usage}`),
    read(`${directory}/memory.stat`),
  ]);
  if (usage === undefined) return undefined;
  const reclaimable = new RegExp(`^${files.reclaimable} (\\d+)$`, 'm').exec(statistics ?? '')?.[1];
  return Math.max(0, limit - Number(usage) + Number(reclaimable ?? 0));
}

function toLimit(text: string | undefined): number | undefined {
  const bytes = Number.parseInt(text ?? '', 10);
  return Number.isNaN(bytes) || bytes >= NO_LIMIT_BYTES ? undefined : bytes;
}

/** Blanks in mountinfo are written in octal: '\040' (proc_pid_mountinfo(5)). */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
