import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatClaim } from '../../../../src/os/lock/claim.ts';
import { removeStaleLocks, tryLockByFile } from '../../../../src/os/lock/lock-file.ts';
import type { LockFile } from '../../../../src/os/lock/lock-file.ts';
import type { LockHolder } from '../../../../src/os/os.ts';

const claimOf = (pid: number) => ({
  pid,
  purpose: `reload by ${pid}`,
  sinceEpochMs: 1,
  startTicks: 7,
  where: 'here',
});

let directory: string;
let alive: Set<number>;
const holderBy = ({ claim, uid }: LockFile): LockHolder | undefined =>
  claim === undefined || alive.has(claim.pid)
    ? {
        pid: claim?.pid,
        uid,
        user: undefined,
        program: 'node',
        purpose: claim?.purpose,
        sinceEpochMs: claim?.sinceEpochMs,
      }
    : undefined;
const host = () => ({
  directory,
  holderOf: (file: LockFile) => Promise.resolve(holderBy(file)),
});
const lockAs = (pid: number, name = 'app') => tryLockByFile(name, claimOf(pid), host());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reloadctl-test-'));
  alive = new Set([1, 2, 3]);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('tryLockByFile', () => {
  it('gives the lock to one, names it to the others, and gives it again after the release', async () => {
    const first = await lockAs(1);
    expect(await lockAs(2)).toEqual({
      ok: false,
      holder: {
        pid: 1,
        uid: process.getuid?.(),
        user: undefined,
        program: 'node',
        purpose: 'reload by 1',
        sinceEpochMs: 1,
      },
    });
    if (first.ok) await first.lock.release();
    expect((await lockAs(2)).ok).toBe(true);
  });

  it('keeps locks of different names apart', async () => {
    expect((await lockAs(1, 'a')).ok).toBe(true);
    expect((await lockAs(2, 'b')).ok).toBe(true);
  });

  it('takes over from a holder that is gone', async () => {
    await lockAs(1);
    alive.delete(1);
    expect((await lockAs(2)).ok).toBe(true);
    expect(await lockAs(3)).toMatchObject({ ok: false, holder: { pid: 2 } });
  });

  it('gives a stale lock to exactly one of many', async () => {
    await lockAs(1);
    alive = new Set(Array.from({ length: 20 }, (_, index) => index + 100));
    const attempts = await Promise.all([...alive].map((pid) => lockAs(pid)));
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('takes over also when an earlier run was killed while it did that', async () => {
    await lockAs(1);
    const [file = ''] = await readdir(directory);
    await writeFile(join(directory, `${file}.stale`), formatClaim(claimOf(2)));
    alive = new Set([3]);
    expect((await lockAs(3)).ok).toBe(true);
    expect(await readdir(directory)).toEqual([file]);
  });

  it('does not release what another one holds by now', async () => {
    const first = await lockAs(1);
    alive.delete(1);
    await lockAs(2);
    if (first.ok) await first.lock.release();
    expect(await lockAs(3)).toMatchObject({ ok: false, holder: { pid: 2 } });
  });

  it('leaves a file alone that it does not understand', async () => {
    const first = await lockAs(1);
    const [file = ''] = await readdir(directory);
    await writeFile(join(directory, file), 'something else');
    expect(await lockAs(2)).toMatchObject({ ok: false, holder: { pid: undefined } });
    if (first.ok) await first.lock.release();
    expect(await readdir(directory)).toEqual([file]);
  });

  it('leaves no other files behind', async () => {
    const first = await lockAs(1);
    await lockAs(2);
    alive.delete(1);
    const third = await lockAs(3);
    expect(await readdir(directory)).toHaveLength(1);
    if (first.ok) await first.lock.release();
    if (third.ok) await third.lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('clears away what killed runs have left, and nothing else', async () => {
    await lockAs(1, 'gone');
    await lockAs(2, 'held');
    alive.delete(1);
    const abandoned = join(directory, `reloadctl-${'0'.repeat(32)}.lock.half`);
    const fresh = join(directory, `reloadctl-${'1'.repeat(32)}.lock.half`);
    await Promise.all([abandoned, fresh].map((path) => writeFile(path, '')));
    await utimes(abandoned, 1, 1);
    await removeStaleLocks(claimOf(3), host());
    expect(await readdir(directory)).toHaveLength(2);
    expect(await lockAs(3, 'held')).toMatchObject({ ok: false, holder: { pid: 2 } });
    expect((await lockAs(3, 'gone')).ok).toBe(true);
  });
});
