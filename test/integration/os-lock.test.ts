import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HeldLock, LockAttempt } from '../../src/os/os.ts';
import { ordinaryUser } from '../rig/users.ts';
import { bundle, endChildren, os, startChild } from './os-children.ts';
import type { Bundle, TestChild } from './os-children.ts';

/** Takes the lock of its first argument, says how it went, and stays for ever, or until its event loop is empty. */
const CONTENDER = `
  import { createLinuxOs } from './src/os/linux/linux-os.ts';
  const [name = '', mode] = process.argv.slice(2);
  const attempt = await createLinuxOs().tryLock(name, 'reload usercenter');
  console.log('READY' + JSON.stringify(attempt));
  if (mode === 'stay') setInterval(() => {}, 1000);
  if (mode === 'hang') for (;;);
`;

const nobody = ordinaryUser();
let contender: Bundle;
let name: string;
const held: HeldLock[] = [];

beforeAll(async () => {
  contender = await bundle(CONTENDER);
});
afterAll(() => {
  contender.remove();
});
beforeEach(() => {
  name = `test-${randomUUID()}`;
});
afterEach(async () => {
  await Promise.all(held.map((lock) => lock.release()));
  held.length = 0;
  await endChildren();
});

async function tryLock(purpose = 'test'): Promise<LockAttempt> {
  const attempt = await os.tryLock(name, purpose);
  if (attempt.ok) held.push(attempt.lock);
  return attempt;
}

function contend(mode: 'stay' | 'hang' | 'leave', as = {}): Promise<TestChild> {
  return startChild([process.execPath, contender.file, name, mode], { ready: '\n', ...as });
}

describe('tryLock', () => {
  it('gives the lock to one, tells the others who has it, and gives it again after the release', async () => {
    const before = Date.now();
    const first = await tryLock('reload usercenter');
    const second = await tryLock();
    expect(second).toMatchObject({
      ok: false,
      holder: { pid: process.pid, uid: os.me.uid, purpose: 'reload usercenter' },
    });
    expect(second.ok ? 0 : second.holder.sinceEpochMs).toBeGreaterThanOrEqual(before);
    expect(second.ok ? '' : second.holder.user).toBe((await os.userById(os.me.uid))?.name);
    if (first.ok) await first.lock.release();
    if (first.ok) await first.lock.release();
    expect((await tryLock()).ok).toBe(true);
  });

  it('gives it to exactly one of many', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock()));
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('sees the lock of another process, until that is killed', async () => {
    const other = await contend('stay');
    expect(other.output()).toContain('"ok":true');
    expect(await tryLock()).toMatchObject({
      ok: false,
      holder: { pid: other.id.pid, purpose: 'reload usercenter' },
    });
    await os.kill(other.id, 'SIGKILL');
    await other.exited;
    expect((await tryLock()).ok).toBe(true);
  });

  it('does not keep its holder alive', async () => {
    const other = await contend('leave');
    await other.exited;
    expect((await tryLock()).ok).toBe(true);
  });

  it('names a holder that answers nobody', async () => {
    const other = await contend('hang');
    expect(await tryLock()).toMatchObject({
      ok: false,
      holder: { pid: other.id.pid, uid: os.me.uid, program: 'reloadctl' },
    });
  });

  it('of root keeps everybody out (needs root)', { skip: nobody === undefined }, async () => {
    await tryLock('reload by root');
    const refused = await contend('leave', { uid: nobody?.uid, gid: nobody?.gid });
    expect(JSON.parse(refused.output().replace('READY', ''))).toMatchObject({
      ok: false,
      holder: {
        pid: process.pid,
        uid: 0,
        user: 'root',
        program: 'reloadctl',
        purpose: 'reload by root',
      },
    });
  });

  it(
    'of somebody else keeps root out of nothing (needs root)',
    { skip: nobody === undefined },
    async () => {
      const theirs = await contend('stay', { uid: nobody?.uid, gid: nobody?.gid });
      expect(theirs.output()).toContain('"ok":true');
      expect(await tryLock()).toMatchObject({
        ok: true,
        beside: [
          {
            pid: theirs.id.pid,
            uid: nobody?.uid,
            user: nobody?.name,
            program: 'node',
            purpose: 'reload usercenter',
          },
        ],
      });
    },
  );
});
