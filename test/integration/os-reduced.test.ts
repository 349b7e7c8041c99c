import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Os } from '../../src/os/os.ts';
import { createReducedOs } from '../../src/os/reduced/reduced-os.ts';
import { waitFor } from '../rig/wait-for.ts';
import { endChildren, startChild, valueOf } from './os-children.ts';

const LISTENER = [
  'sh',
  '-c',
  'trap "echo HUP" HUP; trap "echo USR1" USR1; echo READY; while :; do sleep 0.02; done',
];

let directory: string;
let os: Os;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-test-'));
  os = createReducedOs(undefined, { run: directory, shared: directory });
});
afterEach(async () => {
  await endChildren();
  rmSync(directory, { recursive: true });
});

async function find(pid: number) {
  const proc = await os.process(pid);
  if (proc === undefined) throw new Error(`ps shows no ${pid}`);
  return proc;
}

describe('the reduced operating system', () => {
  it('lists processes through ps', async () => {
    const me = (await os.processes()).find(({ pid }) => pid === process.pid);
    expect(me).toMatchObject({ ppid: process.ppid, uid: os.me.uid, state: '?' });
    expect(
      Math.abs((await os.startedAt(await find(process.pid))) - performance.timeOrigin),
    ).toBeLessThan(5000);
    expect(valueOf(await os.memoryOf(await find(process.pid)))).toBeGreaterThanOrEqual(0);
  });

  it('is honest about what it cannot know', async () => {
    const me = await find(process.pid);
    const unsupported = { ok: false, error: 'unsupported' };
    expect(os.kind).toBe('reduced');
    expect(await os.signals(me)).toEqual(unsupported);
    expect(await os.environment(me)).toEqual(unsupported);
    expect(await os.openFiles(me)).toEqual(unsupported);
    expect(await os.memoryAvailable()).toBeUndefined();
    expect(await os.listeners()).toEqual([]);
  });

  it('sends a signal to the process that was meant and to no other with its pid', async () => {
    const child = await startChild(LISTENER);
    const proc = await find(child.id.pid);
    expect(await os.kill({ ...proc, startTicks: proc.startTicks - 10 }, 'SIGHUP')).toBe('gone');
    expect(await os.kill(proc, 'SIGUSR1')).toBe('sent');
    await waitFor('USR1', () => child.output().includes('USR1') || undefined);
    expect(child.output()).not.toContain('HUP');
    await os.kill(proc, 'SIGKILL');
    await child.exited;
    expect(await os.kill(proc, 'SIGTERM')).toBe('gone');
    await expect(os.kill(await find(process.pid), 'SIGCONT')).rejects.toThrow('Internal error');
  });

  it('runs commands, and ends what they leave in their group', async () => {
    let pid = 0;
    const result = await os.run({
      argv: ['sh', '-c', 'trap "" TERM; sleep 60 & echo $!; while :; do sleep 0.05; done'],
      cwd: directory,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      rights: 'ours',
      timeoutMs: 300,
      maxOutputBytes: 1000,
      onStart: ({ id }) => {
        pid = id.pid;
      },
    });
    expect(result).toMatchObject({ end: 'timeout', signal: 'SIGKILL' });
    expect(pid).toBeGreaterThan(0);
    const left = await os.process(Number(result.stdout));
    expect(left === undefined || left.state === 'Z').toBe(true);
  });

  it('locks', async () => {
    const first = await os.tryLock('app', 'reload app');
    expect(await os.tryLock('app', 'again')).toMatchObject({
      ok: false,
      holder: { pid: process.pid, uid: os.me.uid, purpose: 'reload app' },
    });
    if (first.ok) await first.lock.release();
    const second = await os.tryLock('app', 'again');
    expect(second.ok).toBe(true);
  });
});
