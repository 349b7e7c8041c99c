import { describe, expect, it } from 'vitest';
import { endOrphans, orphanGraceS } from '../../../../src/daemon/overlap/end-orphans.ts';
import type { Pid, Proc, ProcId } from '../../../../src/os/proc.ts';

const pidOf = (pid: number): Pid => pid as Pid;
const LEADER: ProcId = { pid: pidOf(10), startTicks: 1 };

const proc = (pid: number, pgid: number, state = 'S', uid = 0): Proc => ({
  pid: pidOf(pid),
  startTicks: pid,
  ppid: 1,
  pgid,
  sid: pgid,
  state,
  uid,
  comm: 'gunicorn',
  cpuSeconds: 0,
  rssBytes: 0,
});

/** A machine with these processes, of which `deaf` ignore TERM. */
function machine(
  procs: readonly Proc[],
  {
    deaf = [],
    denied = false,
    marked = [],
  }: {
    readonly deaf?: readonly number[];
    readonly denied?: boolean;
    readonly marked?: readonly number[];
  } = {},
) {
  let nowMs = 0;
  let all = procs;
  const sent: string[] = [];
  const logged: string[] = [];
  return {
    sent,
    logged,
    world: {
      os: {
        now: () => nowMs,
        sleep: (ms: number) => {
          nowMs += ms;
          return Promise.resolve();
        },
        processes: () => Promise.resolve(all),
        environment: ({ pid }: ProcId) =>
          Promise.resolve({ ok: true as const, value: marked.includes(pid) ? { ...MARKER } : {} }),
        kill: (id: ProcId, signal: unknown) => {
          sent.push(`${String(signal)} ${id.pid} at ${nowMs}`);
          if (denied) return Promise.resolve('denied' as const);
          const ends = signal === 'SIGKILL' || !deaf.includes(id.pid);
          if (ends) all = all.filter(({ pid }) => pid !== id.pid);
          return Promise.resolve('sent' as const);
        },
      },
      logger: { log: (_level: string, text: string) => void logged.push(text) },
    },
  };
}

const MARKER = {
  SUPERVISOR_PROCESS_NAME: 'web',
  SUPERVISOR_GROUP_NAME: 'web',
  SUPERVISOR_SERVER_URL: 'unix:///s.sock',
};

/** An instance at whose end these were in its group. */
const leaving = (...members: readonly Proc[]) => ({
  id: LEADER,
  sockets: ['127.0.0.1:8000'],
  left: { members: Promise.resolve(members), marker: MARKER, uid: 0 },
});

const OURS = leaving(proc(11, 10), proc(12, 10));
const LIMITS = { name: 'web', graceS: 2 };

describe('endOrphans', () => {
  it('TERMs what is left of the process group, and nobody else', async () => {
    const { world, sent, logged } = machine([proc(11, 10), proc(12, 10), proc(13, 13)]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 11 at 0', 'SIGTERM 12 at 0']);
    expect(logged).toEqual([
      "ending 11, which 'web' (10) has left behind",
      "ending 12, which 'web' (10) has left behind",
    ]);
  });

  it('KILLs who does not go in time, having asked once', async () => {
    const { world, sent } = machine([proc(11, 10), proc(12, 10)], { deaf: [12] });
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 11 at 0', 'SIGTERM 12 at 0', 'SIGKILL 12 at 2000']);
  });

  it('touches no group that has been given the same number since', async () => {
    const { world, sent } = machine([proc(10, 10), proc(11, 10)]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual([]);
  });

  it('touches nobody of a group that has got the number since, and whose own leader has gone', async () => {
    const { world, sent } = machine([proc(21, 10), proc(22, 10)]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual([]);
  });

  it('takes no process for another one that had its number', async () => {
    const { world, sent } = machine([{ ...proc(11, 10), startTicks: 99 }]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual([]);
  });

  it('ends whoever has come while one of the group was there', async () => {
    const { world, sent } = machine([proc(11, 10), proc(30, 10)]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 11 at 0', 'SIGTERM 30 at 0']);
  });

  it('knows by its marks and its user who has come when none of the group was there', async () => {
    const strangers = [proc(31, 10), proc(32, 10, 'S', 1000)];
    const { world, sent } = machine([proc(30, 10), ...strangers], { marked: [30, 32] });
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 30 at 0']);
  });

  it('does not take a leader that waits to be reaped for another one', async () => {
    const { world, sent } = machine([proc(10, 10, 'Z'), proc(11, 10)]);
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 11 at 0']);
  });

  it('leaves alone what an instance without sockets of ours leaves behind', async () => {
    const { world, sent } = machine([proc(11, 10)]);
    await endOrphans(world, { ...OURS, sockets: [] }, LIMITS);
    expect(sent).toEqual([]);
  });

  it('does not wait for what it may not signal', async () => {
    const { world, sent } = machine([proc(11, 10)], { denied: true });
    await endOrphans(world, OURS, LIMITS);
    expect(sent).toEqual(['SIGTERM 11 at 0']);
  });
});

describe('orphanGraceS', () => {
  const KILLED = { kind: 'signal', signal: 'SIGKILL' } as const;
  it.each([
    ['the time of the program after a crash', { isStopping: false, status: KILLED }, 32, 32],
    ['little after a stop that took a KILL', { isStopping: true, status: KILLED }, 32, 5],
    ['no more than the program has', { isStopping: true, status: KILLED }, 3, 3],
    [
      'the time of the program where a wrapper went at once',
      { isStopping: true, status: { kind: 'signal', signal: 'SIGTERM' } as const },
      32,
      32,
    ],
  ])('is %s', (_, end, patienceS, expected) => {
    expect(orphanGraceS({ patienceS }, end)).toBe(expected);
  });
});
