import { afterEach, describe, expect, it } from 'vitest';
import { sampleUsage } from '../../src/os/usage.ts';
import { waitFor } from '../rig/wait-for.ts';
import { endChildren, os, startChild } from './os-children.ts';

afterEach(endChildren);

describe('sampleUsage', () => {
  it('tells a busy process from a sleeping one, and leaves out what is gone', async () => {
    const busy = await startChild(['sh', '-c', 'echo READY; while :; do :; done']);
    const idle = await startChild(['sh', '-c', 'echo READY; exec sleep 60']);
    const dead = await startChild(['sh', '-c', 'echo READY']);
    await dead.exited;
    const reused = { pid: idle.id.pid, startTicks: idle.id.startTicks + 1 };
    const ids = [busy.id, idle.id, dead.id];
    // On a machine that does much else even a busy process gets little now and then.
    const usage = await waitFor('the busy process to be given a tenth of a processor', async () => {
      const seen = await sampleUsage(os, ids);
      expect([...seen.keys()]).toEqual([busy.id.pid, idle.id.pid]);
      return (seen.get(busy.id.pid)?.cpuPercent ?? 0) > 10 ? seen : undefined;
    });
    expect(usage.get(idle.id.pid)?.cpuPercent).toBeLessThan(10);
    expect(usage.get(idle.id.pid)?.memoryBytes).toBeGreaterThan(10_000);
    expect((await sampleUsage(os, [reused])).size).toBe(0);
    expect(ids).toEqual([busy.id, idle.id, dead.id]);
  });

  it('has nothing to say about processes that are all gone, or about none', async () => {
    const dead = await startChild(['sh', '-c', 'echo READY']);
    await dead.exited;
    expect((await sampleUsage(os, [dead.id])).size).toBe(0);
    expect((await sampleUsage(os, [])).size).toBe(0);
  });
});
