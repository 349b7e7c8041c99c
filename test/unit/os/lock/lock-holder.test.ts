import { describe, expect, it } from 'vitest';
import type { LockFile } from '../../../../src/os/lock/lock-file.ts';
import { holderOf, type LockWitness } from '../../../../src/os/lock/lock-holder.ts';
import type { Pid, Proc } from '../../../../src/os/proc.ts';

const NOW = 1_700_000_000_000;
const proc: Proc = {
  pid: 42 as Pid,
  startTicks: 7,
  ppid: 1,
  pgid: 42,
  sid: 42,
  state: 'S',
  uid: 33,
  comm: 'MainThread',
  cpuSeconds: 0,
  rssBytes: 0,
};
const witness = (found: Proc | 'hidden' | undefined): LockWitness => ({
  where: 'here',
  wallClock: () => NOW,
  find: () => Promise.resolve(found),
  isStartOf: ({ startTicks }, claimed) => startTicks === claimed,
  programOf: () => Promise.resolve('node'),
  userName: () => Promise.resolve('www-data'),
});
const claim = { pid: 42, startTicks: 7, where: 'here', purpose: 'reload web', sinceEpochMs: 5 };
const file: LockFile = { claim, uid: 33, renewedEpochMs: NOW - 3_600_000 };
const fresh = NOW - 5000;

describe('holderOf', () => {
  it.each([
    ['its process', file, proc, { pid: 42, uid: 33, program: 'node', purpose: 'reload web' }],
    ['a process that is not shown', file, 'hidden', { pid: 42, uid: 33, program: undefined }],
    [
      'a process of another namespace that renews its lock',
      { ...file, claim: { ...claim, where: 'there' }, renewedEpochMs: fresh },
      undefined,
      { pid: undefined, uid: 33, purpose: 'reload web', sinceEpochMs: 5 },
    ],
    [
      'somebody unknown for a while where nothing can be read',
      { ...file, claim: undefined, renewedEpochMs: fresh },
      proc,
      { pid: undefined, uid: 33, purpose: undefined },
    ],
  ] as const)('is %s', async (_, of, found, holder) => {
    expect(await holderOf(of, witness(found))).toMatchObject(holder);
  });

  it.each([
    ['it has ended', file, undefined],
    ['only its remains are there', file, { ...proc, state: 'Z' }],
    ['its pid is somebody else’s by now', file, { ...proc, startTicks: 8 }],
    ['the file is of another user than the process', file, { ...proc, uid: 0 }],
    [
      'it is of another namespace and has said nothing for long',
      { ...file, claim: { ...claim, where: 'there' } },
      proc,
    ],
    ['nothing can be read for long', { ...file, claim: undefined }, proc],
  ] as const)('is nobody where %s', async (_, of, found) => {
    expect(await holderOf(of, witness(found))).toBeUndefined();
  });
});
