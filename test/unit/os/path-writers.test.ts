import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseGroupMembers } from '../../../src/os/group-members.ts';
import {
  findPathWriters,
  grantsOfStrangers,
  isWrittenOnlyBy,
  type PathFiles,
} from '../../../src/os/path-writers.ts';
import type { FileStat } from '../../../src/os/proc.ts';

const ALICE = 1001;
const BOB = 1002;
const STAFF = 50;
const UNKNOWN = 4242;

/** [kind and mode, uid, gid, target of a link] */
type Entry = readonly [string, number?, number?, string?];

const KINDS: Readonly<Record<string, FileStat['kind']>> = {
  d: 'directory',
  f: 'file',
  l: 'symlink',
  s: 'socket',
};

function machine(entries: Readonly<Record<string, Entry | 'denied'>>): PathFiles {
  const all: Readonly<Record<string, Entry | 'denied'>> = { '/': ['d755'], ...entries };
  return {
    lstat: (path) => {
      const entry = all[path];
      if (entry === 'denied') return Promise.resolve({ ok: false, error: 'denied' });
      if (entry === undefined) return Promise.resolve({ ok: false, error: 'gone' });
      const [mode, uid = 0, gid = 0] = entry;
      const kind = KINDS[mode.charAt(0)] ?? 'other';
      const rest = { size: 0, ino: 1, dev: 1, nlink: 1, mtimeMs: 0, ctimeMs: 0 };
      return Promise.resolve({
        ok: true,
        value: { kind, uid, gid, mode: Number.parseInt(mode.slice(1), 8), ...rest },
      });
    },
    readLink: (path) => {
      const entry = all[path];
      const target = entry === undefined || entry === 'denied' ? undefined : entry[3];
      return Promise.resolve(
        target === undefined ? { ok: false, error: 'gone' } : { ok: true, value: target },
      );
    },
    groupMembers: () =>
      Promise.resolve(
        new Map([
          [0, [0]],
          [STAFF, [BOB]],
          [60, []],
        ]),
      ),
  };
}

const rows: ReadonlyArray<{
  title: string;
  path: string;
  entries: Readonly<Record<string, Entry | 'denied'>>;
  /** '1001 write /srv/app' */
  grants: readonly string[];
  exists?: boolean;
  real?: string;
  unseen?: string;
}> = [
  {
    title: "root's own",
    path: '/etc/app.conf',
    entries: { '/etc': ['d755'], '/etc/app.conf': ['f644'] },
    grants: [],
  },
  {
    title: 'an owner, whatever the mode',
    path: '/etc/app.conf',
    entries: { '/etc': ['d755'], '/etc/app.conf': ['f444', ALICE] },
    grants: ['1001 write /etc/app.conf'],
  },
  {
    title: 'everybody may write the file',
    path: '/etc/app.conf',
    entries: { '/etc': ['d755'], '/etc/app.conf': ['f646'] },
    grants: ['anybody write /etc/app.conf'],
  },
  {
    title: 'the members of a group',
    path: '/etc/app.conf',
    entries: { '/etc': ['d755'], '/etc/app.conf': ['f664', 0, STAFF] },
    grants: ['1002 write /etc/app.conf'],
  },
  {
    title: 'a group without members',
    path: '/etc/app.conf',
    entries: { '/etc': ['d2775', 0, 60], '/etc/app.conf': ['f664', 0, 60] },
    grants: [],
  },
  {
    title: 'a group that nobody knows',
    path: '/etc/app.conf',
    entries: { '/etc': ['d755'], '/etc/app.conf': ['f664', 0, UNKNOWN] },
    grants: ['anybody write /etc/app.conf'],
  },
  {
    title: 'a group without the right to write',
    path: '/etc/app.conf',
    entries: { '/etc': ['d755', 0, STAFF], '/etc/app.conf': ['f644', 0, STAFF] },
    grants: [],
  },
  {
    title: 'an ancestor of somebody',
    path: '/home/alice/etc/app.conf',
    entries: {
      '/home': ['d755'],
      '/home/alice': ['d755', ALICE],
      '/home/alice/etc': ['d755'],
      '/home/alice/etc/app.conf': ['f644'],
    },
    grants: ['1001 replace /home/alice'],
  },
  {
    title: "root's file in a sticky directory",
    path: '/tmp/app.conf',
    entries: { '/tmp': ['d1777'], '/tmp/app.conf': ['f644'] },
    grants: [],
  },
  {
    title: "somebody's file in a sticky directory",
    path: '/tmp/app.conf',
    entries: { '/tmp': ['d1777'], '/tmp/app.conf': ['f644', ALICE] },
    grants: ['1001 replace /tmp', '1001 write /tmp/app.conf'],
  },
  {
    title: 'a missing file in a sticky directory',
    path: '/tmp/app.pid',
    entries: { '/tmp': ['d1777'] },
    grants: ['anybody replace /tmp'],
    exists: false,
  },
  {
    title: "somebody's sticky directory",
    path: '/srv/box/app.pid',
    entries: {
      '/srv': ['d755'],
      '/srv/box': ['d1775', ALICE, STAFF],
      '/srv/box/app.pid': ['f644'],
    },
    grants: ['1001 replace /srv/box'],
  },
  {
    title: "a group's sticky directory, with a file of a member",
    path: '/srv/box/app.pid',
    entries: {
      '/srv': ['d755'],
      '/srv/box': ['d1775', 0, STAFF],
      '/srv/box/app.pid': ['f644', BOB],
    },
    grants: ['1002 replace /srv/box', '1002 write /srv/box/app.pid'],
  },
  {
    title: 'a world-writable directory without the bit',
    path: '/srv/box/app.pid',
    entries: { '/srv': ['d755'], '/srv/box': ['d777'], '/srv/box/app.pid': ['f644'] },
    grants: ['anybody replace /srv/box'],
  },
  {
    title: 'a sticky directory itself, where everybody can make files',
    path: '/tmp',
    entries: { '/tmp': ['d1777'] },
    grants: ['anybody write /tmp'],
  },
  {
    title: "a link of root's into somebody's directory",
    path: '/etc/app.conf',
    entries: {
      '/etc': ['d755'],
      '/etc/app.conf': ['l777', 0, 0, '/home/alice/app.conf'],
      '/home': ['d755'],
      '/home/alice': ['d755', ALICE],
      '/home/alice/app.conf': ['f644'],
    },
    grants: ['1001 replace /home/alice'],
    real: '/home/alice/app.conf',
  },
  {
    title: "somebody's link in a sticky directory",
    path: '/tmp/l/x',
    entries: {
      '/tmp': ['d1777'],
      '/tmp/l': ['l777', ALICE, ALICE, '../etc'],
      '/etc': ['d755'],
      '/etc/x': ['f644'],
    },
    grants: ['1001 replace /tmp'],
    real: '/etc/x',
  },
  {
    title: "a link of somebody's in a directory of root's",
    path: '/etc/l',
    entries: { '/etc': ['d755'], '/etc/l': ['l777', ALICE, ALICE, 'x'], '/etc/x': ['f644'] },
    grants: [],
    real: '/etc/x',
  },
  {
    title: 'a loop of links',
    path: '/etc/l',
    entries: { '/etc': ['d755'], '/etc/l': ['l777', 0, 0, 'l'] },
    grants: [],
    exists: false,
    unseen: '/etc/l',
    real: '/etc/l',
  },
  {
    title: 'a component that cannot be seen',
    path: '/closed/x',
    entries: { '/closed': ['d700'], '/closed/x': 'denied' },
    grants: [],
    exists: false,
    unseen: '/closed/x',
  },
  {
    title: 'a missing directory',
    path: '/home/alice/no/such',
    entries: { '/home': ['d755'], '/home/alice': ['d755', ALICE] },
    grants: ['1001 replace /home/alice'],
    exists: false,
    real: '/home/alice/no',
  },
  {
    title: 'a socket that everybody may connect to',
    path: '/run/s',
    entries: { '/run': ['d755'], '/run/s': ['s777', ALICE] },
    grants: [],
  },
  {
    title: 'a file in the middle of the path',
    path: '/etc/f/x',
    entries: { '/etc': ['d755'], '/etc/f': ['f644'] },
    grants: [],
    exists: false,
    real: '/etc/f',
  },
];

describe('findPathWriters', () => {
  it.each(rows)('$title', async ({ path, entries, grants, exists = true, real, unseen }) => {
    const found = await findPathWriters(path, machine(entries));
    expect(found.grants.map((each) => `${each.writer} ${each.may} ${each.path}`)).toEqual(grants);
    expect(found).toMatchObject({ exists, realPath: real ?? path, unseen });
  });

  it('says which owner and mode allow it', async () => {
    const { grants } = await findPathWriters('/x', machine({ '/x': ['f664', 0, STAFF] }));
    expect(grants).toEqual([
      { writer: BOB, path: '/x', mode: 0o664, uid: 0, gid: STAFF, may: 'write' },
    ]);
  });

  it('finds its way on this machine', async () => {
    const passwd = await findPathWriters('/etc/passwd');
    expect(passwd).toEqual({
      exists: true,
      realPath: '/etc/passwd',
      grants: [],
      unseen: undefined,
    });
    expect(dirname((await findPathWriters('/proc/self/stat')).realPath)).toBe(
      `/proc/${process.pid}`,
    );
  });
});

describe('whom to believe', () => {
  it('leaves root and the trusted out', async () => {
    const writers = await findPathWriters('/x', machine({ '/x': ['f664', ALICE, STAFF] }));
    expect(grantsOfStrangers(writers, [ALICE]).map(({ writer }) => writer)).toEqual([BOB]);
    expect(isWrittenOnlyBy(writers, [ALICE])).toBe(false);
    expect(isWrittenOnlyBy(writers, [ALICE, BOB])).toBe(true);
  });

  it('does not believe what it cannot see', async () => {
    const writers = await findPathWriters('/x/y', machine({ '/x': ['d700'], '/x/y': 'denied' }));
    expect(isWrittenOnlyBy(writers, [])).toBe(false);
  });
});

describe('parseGroupMembers', () => {
  it('knows who is listed, whose own group it is, and says anybody of a name without an account', () => {
    const user = { home: '/', shell: '' };
    const members = parseGroupMembers(
      'root:x:0:\nstaff:x:50:bob,root,gone\nalice:x:1001:\nempty:x:60:\n# no\nbad:x:y:bob\n+:::\n',
      [
        { name: 'root', uid: 0, gid: 0, ...user },
        { name: 'alice', uid: ALICE, gid: 1001, ...user },
        { name: 'bob', uid: BOB, gid: 1002, ...user },
      ],
    );
    expect([...members]).toEqual([
      [0, [0]],
      [50, [BOB, 0, 'anybody']],
      [1001, [ALICE]],
      [60, []],
    ]);
  });
});
