import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { Os } from '../../../src/os/os.ts';
import type { OpenFile, Pid, Proc, SignalDisposition } from '../../../src/os/proc.ts';
import type { SignalName } from '../../../src/os/signals.ts';
import { readLiveServer } from '../../../src/servers/live-process.ts';
import { ServerObserver } from '../../../src/servers/observe-server.ts';
import { resolveType } from '../../../src/servers/resolve-type.ts';
import type { ServerType } from '../../../src/servers/server-type.ts';
import { apache } from '../../../src/servers/types/apache.ts';
import { haproxy } from '../../../src/servers/types/haproxy.ts';

interface Seen {
  readonly pid: number;
  readonly ppid: number;
  readonly catches: readonly SignalName[];
  /** Inodes of its sockets; 1 is the one that listens. */
  readonly sockets: readonly number[];
}

const toProc = ({ pid, ppid }: Seen): Proc => ({
  pid: pid as Pid,
  startTicks: pid,
  ppid,
  pgid: 10,
  sid: 10,
  state: 'S',
  uid: 0,
  comm: 'server',
  cpuSeconds: 0,
  rssBytes: 0,
});

/** What an observer asks, of these processes. */
function makeOs(seen: readonly Seen[], binary: string): Os {
  const find = (pid: number): Seen | undefined => seen.find((each) => each.pid === pid);
  const os: Partial<Os> = {
    processes: () => Promise.resolve(seen.map(toProc)),
    executable: () => Promise.resolve(ok(`/usr/sbin/${binary}`)),
    argv: () => Promise.resolve(ok([binary])),
    cwd: () => Promise.resolve(ok('/')),
    signals: ({ pid }) =>
      Promise.resolve(
        ok<SignalDisposition>({
          caught: new Set(find(pid)?.catches),
          ignored: new Set(),
          blocked: new Set(),
        }),
      ),
    listeners: () => Promise.resolve([{ address: '127.0.0.1:80', inode: 1 }]),
    openFiles: ({ pid }) =>
      Promise.resolve(
        ok(
          (find(pid)?.sockets ?? []).map((inode, fd): OpenFile => ({
            fd,
            target: `socket:[${inode}]`,
          })),
        ),
      ),
  };
  return os as Os;
}

async function look(
  type: ServerType,
  binary: string,
  seen: readonly Seen[],
): Promise<{ readonly workers: readonly number[]; readonly retiring: readonly number[] }> {
  const os = makeOs(seen, binary);
  const procs = seen.map(toProc);
  const [master] = procs;
  if (master === undefined) throw new Error('no master');
  const server = resolveType(type, await readLiveServer(os, master, procs));
  const view = await new ServerObserver(os, server).look(master, procs);
  return {
    workers: (view?.workers ?? []).map(({ proc }) => proc.pid),
    retiring: (view?.retiring ?? []).map(({ pid }) => pid),
  };
}

describe('the workers of a HAProxy', () => {
  const master: Seen = { pid: 10, ppid: 1, catches: ['SIGHUP', 'SIGUSR1', 'SIGUSR2'], sockets: [] };
  const worker = (pid: number, sockets: readonly number[]): Seen => ({
    pid,
    ppid: 10,
    catches: ['SIGHUP', 'SIGQUIT', 'SIGUSR1'],
    sockets,
  });

  it.each([
    ['one', [worker(11, [1])], [11], []],
    ['an old one that has closed its sockets', [worker(11, [7]), worker(12, [1])], [12], [11]],
    ['a new one that has none yet', [worker(11, [1]), worker(12, [])], [11, 12], []],
    ['none that listens', [worker(11, [7]), worker(12, [8])], [11, 12], []],
  ])('%s', async (_name, seen, workers, retiring) => {
    expect(await look(haproxy, 'haproxy', [master, ...seen])).toEqual({ workers, retiring });
  });
});

describe('the workers of an Apache', () => {
  const catches: readonly SignalName[] = [
    ...(['SIGHUP', 'SIGUSR1', 'SIGWINCH', 'SIGTERM', 'SIGSEGV'] as const),
  ];
  const parent: Seen = { pid: 10, ppid: 1, catches, sockets: [1] };

  it('are not the daemons of mod_cgid and mod_wsgi', async () => {
    const seen: readonly Seen[] = [
      parent,
      { pid: 11, ppid: 10, catches: ['SIGHUP'], sockets: [5] },
      { pid: 12, ppid: 10, catches: ['SIGINT', 'SIGUSR1', 'SIGTERM', 'SIGXCPU'], sockets: [6] },
      { pid: 13, ppid: 10, catches, sockets: [1] },
    ];
    expect(await look(apache, 'apache2', seen)).toEqual({ workers: [13], retiring: [] });
  });
});
