import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { abstractNameOf } from '../../src/os/lock/abstract-socket.ts';
import type { HeldLock, LockAttempt } from '../../src/os/os.ts';
import { ordinaryUser } from '../rig/users.ts';
import { waitFor } from '../rig/wait-for.ts';
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

  it('names a holder that does not answer, by what the kernel shows', async () => {
    const other = await contend('hang');
    const before = performance.now();
    const attempt = await tryLock();
    expect(attempt).toMatchObject({
      ok: false,
      holder: { pid: other.id.pid, uid: os.me.uid, purpose: undefined, sinceEpochMs: undefined },
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('is one lock for all users (needs root)', { skip: nobody === undefined }, async () => {
    const as = { uid: nobody?.uid, gid: nobody?.gid };
    const theirs = await contend('stay', as);
    expect(theirs.output()).toContain('"ok":true');
    expect(await tryLock()).toMatchObject({
      ok: false,
      holder: {
        pid: theirs.id.pid,
        uid: nobody?.uid,
        user: nobody?.name,
        purpose: 'reload usercenter',
      },
    });
    name = `test-${randomUUID()}`;
    await tryLock('reload by root');
    const refused = await contend('leave', as);
    expect(JSON.parse(refused.output().replace('READY', ''))).toMatchObject({
      ok: false,
      holder: { pid: process.pid, uid: 0, user: 'root', purpose: 'reload by root' },
    });
  });
});

describe('somebody else on the name of a lock', () => {
  let squatter: Server;
  const squat = (answer: string): Promise<void> =>
    new Promise((resolve) => {
      squatter = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        if (answer === '') return;
        socket.write(answer);
      });
      squatter.listen({ path: `\0${abstractNameOf(name)}` }, resolve);
    });
  afterEach(() => {
    squatter.close();
  });

  const lie = { pid: process.ppid, uid: 0, user: 'root', purpose: 'reload', since: 1 };
  it.each([
    ['says nothing', ''],
    ['says nonsense', 'hello\n'],
    ['never ends a line', 'x'.repeat(100_000)],
    ['claims to be another process', `${JSON.stringify(lie)}\n`],
    ['claims to be one that is not there', `${JSON.stringify({ ...lie, pid: 2 ** 30 })}\n`],
  ])('is named as the kernel sees it when it %s', async (_, answer) => {
    await squat(answer);
    const { uid } = os.me;
    expect(await tryLock()).toMatchObject({
      ok: false,
      holder: { pid: process.pid, uid, purpose: undefined, sinceEpochMs: undefined },
    });
  });

  it('cannot write to the terminal of the one who asks', async () => {
    const hostile = { ...lie, pid: process.pid, purpose: '\u001b[2Jgone\n' };
    await squat(`${JSON.stringify(hostile)}\n`);
    expect(await tryLock()).toMatchObject({ holder: { purpose: '\\x1b[2Jgone\\x0a' } });
  });
});

describe('a connection to a held lock', () => {
  it('gets one line and is closed', async () => {
    await tryLock('reload usercenter');
    let answer = '';
    let isClosed = false;
    connect({ path: `\0${abstractNameOf(name)}` })
      .on('data', (data) => (answer += data.toString()))
      .on('close', () => (isClosed = true));
    await waitFor('the end', () => isClosed || undefined);
    expect(JSON.parse(answer)).toMatchObject({ pid: process.pid, purpose: 'reload usercenter' });
  });

  it('is not kept open for one who does not hang up', async () => {
    await tryLock();
    const path = `\0${abstractNameOf(name)}`;
    const socket = connect({ path, allowHalfOpen: true }).resume();
    let fault: Error | undefined;
    socket.on('error', (error) => (fault = error));
    await waitFor('the other end to be gone', () => {
      if (fault === undefined) socket.write('x');
      return fault;
    });
    socket.destroy();
  });
});
