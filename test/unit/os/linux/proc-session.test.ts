import { describe, expect, it } from 'vitest';
import { membersOf } from '../../../../src/os/linux/proc-session.ts';
import type { Pid, Proc } from '../../../../src/os/proc.ts';

const leader = { pid: 70 as Pid, startTicks: 500 };

function proc(pid: number, sid: number, rest: Partial<Proc> = {}): Proc {
  return {
    pid: pid as Pid,
    startTicks: 500,
    ppid: 1,
    pgid: pid,
    sid,
    state: 'S',
    uid: 0,
    comm: 'x',
    cpuSeconds: 0,
    rssBytes: 0,
    ...rest,
  };
}

describe('membersOf', () => {
  it.each([
    ['the leader and its children', [proc(70, 70), proc(71, 70), proc(9, 9)], [70, 71]],
    ['children that outlive the leader', [proc(71, 70), proc(72, 70)], [71, 72]],
    ['members in other groups of the session', [proc(71, 70, { pgid: 99 })], [71]],
    ['no zombies', [proc(70, 70, { state: 'Z' }), proc(71, 70, { state: 'X' })], []],
    [
      'nobody in a session that another process has opened under the same number',
      [proc(70, 70, { startTicks: 900 }), proc(71, 70, { startTicks: 901 })],
      [],
    ],
  ])('are %s', (_, procs, pids) => {
    expect(membersOf(leader, procs).map(({ pid }) => pid)).toEqual(pids);
  });
});
