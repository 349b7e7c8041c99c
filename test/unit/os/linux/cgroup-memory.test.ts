import { describe, expect, it } from 'vitest';
import {
  parseCgroupMounts,
  parseMembership,
  readCgroupHeadroom,
} from '../../../../src/os/linux/cgroup-memory.ts';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 = '33 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n';
const DOCKER_V1 = '33 25 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';

interface Case {
  readonly what: string;
  readonly mounts: string;
  readonly group: string;
  readonly files: Readonly<Record<string, string>>;
  readonly headroom: number | undefined;
}

const CASES: readonly Case[] = [
  {
    what: 'no limit is set',
    mounts: V2,
    group: '0::/system.slice/app.service\n',
    files: { '/sys/fs/cgroup/system.slice/app.service/memory.max': 'max\n' },
    headroom: undefined,
  },
  {
    what: 'the group has a limit: file cache that can be dropped counts as free',
    mounts: V2,
    group: '0::/app\n',
    files: {
      '/sys/fs/cgroup/app/memory.max': '1000\n',
      '/sys/fs/cgroup/app/memory.current': '700\n',
      '/sys/fs/cgroup/app/memory.stat': 'anon 1\nactive_file 9\ninactive_file 100\n',
    },
    headroom: 400,
  },
  {
    what: 'a group above has the tighter limit',
    mounts: V2,
    group: '0::/slice/app\n',
    files: {
      '/sys/fs/cgroup/slice/app/memory.max': '5000\n',
      '/sys/fs/cgroup/slice/app/memory.current': '100\n',
      '/sys/fs/cgroup/slice/memory.max': '1000\n',
      '/sys/fs/cgroup/slice/memory.current': '990\n',
    },
    headroom: 10,
  },
  {
    what: 'throttling begins before the limit',
    mounts: V2,
    group: '0::/app\n',
    files: {
      '/sys/fs/cgroup/app/memory.max': '1000\n',
      '/sys/fs/cgroup/app/memory.high': '800\n',
      '/sys/fs/cgroup/app/memory.current': '700\n',
    },
    headroom: 100,
  },
  {
    what: 'more is used than allowed',
    mounts: V2,
    group: '0::/app\n',
    files: {
      '/sys/fs/cgroup/app/memory.max': '1000\n',
      '/sys/fs/cgroup/app/memory.current': '1200\n',
    },
    headroom: 0,
  },
  {
    what: 'the limit is of version 1',
    mounts: V1,
    group: '9:name=systemd:/\n4:memory:/app\n0::/\n',
    files: {
      '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': '1000\n',
      '/sys/fs/cgroup/memory/app/memory.usage_in_bytes': '900\n',
      '/sys/fs/cgroup/memory/app/memory.stat': 'inactive_file 1\ntotal_inactive_file 50\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1\n',
    },
    headroom: 150,
  },
  {
    what: 'a container sees its own group at the mount point',
    mounts: DOCKER_V1,
    group: '4:memory:/docker/abc\n',
    files: {
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1000\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '300\n',
    },
    headroom: 700,
  },
  {
    what: 'the process is outside of our namespace: only the mount point is above both',
    mounts: V2,
    group: '0::/../other\n',
    files: {
      '/sys/fs/cgroup/other/memory.max': '1\n',
      '/sys/fs/cgroup/other/memory.current': '1\n',
      '/sys/fs/cgroup/memory.max': '1000\n',
      '/sys/fs/cgroup/memory.current': '300\n',
    },
    headroom: 700,
  },
];

describe('readCgroupHeadroom', () => {
  it.each(CASES)('when $what', async ({ mounts, group, files, headroom }) => {
    const tree = new Map(Object.entries(files));
    tree.set('/proc/self/mountinfo', mounts);
    tree.set('/proc/4711/cgroup', group);
    expect(await readCgroupHeadroom((path) => Promise.resolve(tree.get(path)), 4711)).toBe(
      headroom,
    );
  });

  it('knows nothing where /proc is not readable', async () => {
    expect(await readCgroupHeadroom(() => Promise.resolve(undefined), 'self')).toBeUndefined();
  });
});

describe('parseCgroupMounts', () => {
  it('passes over other file systems and other controllers, and reads octal blanks', () => {
    const mountinfo = [
      '25 1 0:23 / / rw shared:1 - ext4 /dev/vda rw',
      '36 25 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct',
      '30 23 0:26 / /mnt/a\\040b rw shared:9 master:2 - cgroup2 cgroup2 rw',
      '',
    ].join('\n');
    expect(parseCgroupMounts(mountinfo)).toEqual([
      { version: 2, root: '/', mountPoint: '/mnt/a b' },
    ]);
  });
});

describe('parseMembership', () => {
  it('reads both hierarchies, with colons in a path', () => {
    expect(parseMembership('3:cpu,memory:/a:b\n1:name=systemd:/x\n0::/c\n')).toEqual({
      1: '/a:b',
      2: '/c',
    });
  });
});
