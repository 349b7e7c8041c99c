import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../src/base/result.ts';
import { memoryOfNothing, type SavedProcess } from '../../../../src/daemon/adopt/saved-state.ts';
import { takeBackSockets } from '../../../../src/daemon/adopt/take-back-sockets.ts';
import { CONFIGURED_FILES } from '../../../../src/daemon/overlap/instance-files.ts';
import type { SocketsElsewhere } from '../../../../src/daemon/spawn/fetch-sockets.ts';
import type { Pid, Proc } from '../../../../src/os/proc.ts';

const LISTENERS = [
  { address: '127.0.0.1:80', inode: 800 },
  { address: '127.0.0.1:81', inode: 810 },
  { address: 'unix:/s', inode: 900 },
];

const known = (address: string) => ({ owner: 'web:web', key: `asked ${address}`, address });

function survivor(pid: number, differences: Partial<SavedProcess> = {}): SavedProcess {
  return {
    id: { pid: pid as Pid, startTicks: pid },
    group: 'web',
    name: 'web',
    kind: 'program',
    role: 'main',
    state: 'RUNNING',
    startedEpochMs: 1,
    memory: memoryOfNothing('RUNNING', 1),
    logs: { stdout: undefined, stderr: undefined },
    fingerprint: 'f',
    sockets: ['127.0.0.1:80'],
    files: CONFIGURED_FILES,
    gracefulTimeoutS: undefined,
    stop: { signalNumber: 15, waitSecs: 10, asGroup: false, killAsGroup: false },
    ...differences,
  };
}

interface Machine {
  /** By pid, the inodes of its sockets by descriptor. */
  readonly open?: Readonly<Record<number, Readonly<Record<number, number>>>>;
  readonly uid?: number;
  readonly executable?: string;
  readonly refuses?: string;
}

function rig({
  open = { 7: { 5: 800 } },
  uid = 0,
  executable = '/usr/bin/node',
  refuses,
}: Machine) {
  const asked: SocketsElsewhere[] = [];
  const pythons: Array<readonly string[]> = [];
  const lines: string[] = [];
  const world: Parameters<typeof takeBackSockets>[0] = {
    os: {
      me: { pid: 1 as Pid, uid: 0, name: 'root', gid: 0 } as never,
      process: (pid) => Promise.resolve({ pid, uid } as Proc),
      executable: () => Promise.resolve(ok(executable)),
      listeners: () => Promise.resolve(LISTENERS),
      openFiles: ({ pid }) =>
        Promise.resolve(
          ok(
            Object.entries(open[pid] ?? {}).map(([fd, inode]) => ({
              fd: Number(fd),
              target: `socket:[${inode}]`,
            })),
          ),
        ),
    },
    logger: { log: (level, message) => lines.push(`${level} ${message}`) },
    fetch: (from, interpreters): Promise<Result<readonly number[], string>> => {
      asked.push(from);
      pythons.push(interpreters);
      if (refuses !== undefined) return Promise.resolve(err(refuses));
      return Promise.resolve(ok(from.sockets.map(({ fd }) => 100 + fd)));
    },
  };
  return { world, asked, pythons, lines };
}

describe('sockets of a daemon that was killed', () => {
  it('are copied from the process that has them, found by their inodes', async () => {
    const { world, asked, lines } = rig({ open: { 7: { 3: 1, 9: 800, 5: 900, 6: 810 } } });
    const holder = survivor(7, { sockets: ['unix:/s', '127.0.0.1:80'] });
    const sockets = [known('127.0.0.1:80'), known('unix:/s'), known('127.0.0.1:81')];
    expect(await takeBackSockets(world, { survivors: [holder], sockets })).toEqual([
      { ...known('127.0.0.1:80'), fd: 109 },
      { ...known('unix:/s'), fd: 105 },
    ]);
    expect(asked).toEqual([
      {
        pid: 7,
        sockets: [
          { fd: 9, inode: 800 },
          { fd: 5, inode: 900 },
        ],
      },
    ]);
    expect(lines).toEqual([]);
  });

  it('are copied once where several processes share them', async () => {
    const { world, asked } = rig({ open: { 7: { 5: 800 }, 8: { 5: 800 } } });
    const sockets = [known('127.0.0.1:80')];
    const survivors = [survivor(7), survivor(8, { name: 'other' })];
    expect(await takeBackSockets(world, { survivors, sockets })).toHaveLength(1);
    expect(asked.map(({ pid }) => pid)).toEqual([7]);
  });

  it.each(['successor', 'retiring'] as const)(
    'are not asked of what is ended: %s',
    async (role) => {
      const { world, asked } = rig({});
      const sockets = [known('127.0.0.1:80')];
      expect(await takeBackSockets(world, { survivors: [survivor(7, { role })], sockets })).toEqual(
        [],
      );
      expect(asked).toEqual([]);
    },
  );

  it('are not asked for where they were handed over', async () => {
    const { world, asked } = rig({});
    const sockets = [known('127.0.0.1:80')];
    const have = [{ ...known('127.0.0.1:80'), fd: 3 }];
    expect(await takeBackSockets(world, { survivors: [survivor(7)], sockets }, have)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([
    { machine: { refuses: 'Operation not permitted' }, reason: 'Operation not permitted' },
    { machine: { open: { 7: { 5: 1 } } }, reason: 'it does not have them open' },
  ])('are told to be lost: $reason', async ({ machine, reason }) => {
    const { world, lines } = rig(machine);
    const sockets = [known('127.0.0.1:80')];
    expect(await takeBackSockets(world, { survivors: [survivor(7)], sockets })).toEqual([]);
    expect(lines).toEqual([
      `warn could not take back the listening sockets of 'web' (7): ${reason}; until it is started again, it alone has them`,
    ]);
  });

  it.each([
    { uid: 0, executable: '/venv/python3.11', runs: true },
    // Another user's program is not to run as root,
    { uid: 33, executable: '/venv/python3.11', runs: false },
    // and what is no Python cannot.
    { uid: 0, executable: '/usr/bin/node', runs: false },
  ])('are copied by the Python of uid $uid, $executable: $runs', async (row) => {
    const { world, pythons } = rig(row);
    await takeBackSockets(world, { survivors: [survivor(7)], sockets: [known('127.0.0.1:80')] });
    expect(pythons[0]?.includes(row.executable)).toBe(row.runs);
  });
});
