import { afterEach, describe, expect, it } from 'vitest';
import { ProgramSampler } from '../../src/commands/watch/program-sampler.ts';
import { ok } from '../../src/base/result.ts';
import { measureUsage } from '../../src/os/usage.ts';
import type { Supervisor } from '../../src/rpc/supervisor.ts';
import { waitFor } from '../rig/wait-for.ts';
import { endChildren, os, startChild } from './os-children.ts';

const NOTHING = { cpuPercent: undefined, memoryBytes: undefined };

afterEach(endChildren);

describe('measureUsage', () => {
  it('tells a busy process from a sleeping one, and leaves out what is gone', async () => {
    const busy = await startChild(['sh', '-c', 'echo READY; while :; do :; done']);
    const idle = await startChild(['sh', '-c', 'echo READY; exec sleep 60']);
    const dead = await startChild(['sh', '-c', 'echo READY']);
    await dead.exited;
    const reused = { pid: idle.id.pid, startTicks: idle.id.startTicks + 1 };
    const ids = [busy.id, idle.id, dead.id];
    // On a machine that does much else even a busy process gets little now and then.
    const usage = await waitFor('the busy process to be given a tenth of a processor', async () => {
      const seen = await measureUsage(os, ids);
      expect(ids.map((id) => seen.usageOf([id]).memoryBytes === undefined)).toEqual([
        ...[false, false, true],
      ]);
      return (seen.usageOf([busy.id]).cpuPercent ?? 0) > 10 ? seen : undefined;
    });
    expect(usage.usageOf([idle.id]).cpuPercent).toBeLessThan(10);
    expect(usage.usageOf([idle.id]).memoryBytes).toBeGreaterThan(10_000);
    expect((await measureUsage(os, [reused])).usageOf([reused])).toEqual(NOTHING);
    expect(ids).toEqual([busy.id, idle.id, dead.id]);
  });

  it('has nothing to say about processes that are all gone, or about none', async () => {
    const dead = await startChild(['sh', '-c', 'echo READY']);
    await dead.exited;
    expect((await measureUsage(os, [dead.id])).usageOf([dead.id])).toEqual(NOTHING);
    expect((await measureUsage(os, [])).usageOf([])).toEqual(NOTHING);
  });
});

describe('top', () => {
  it('measures as status --long does, also where a listing has no times of the processor', async () => {
    const busy = await startChild(['sh', '-c', 'echo READY; while :; do :; done']);
    const info = { group: 'web', name: 'web', state: 'RUNNING', pid: busy.id.pid };
    const supervisor = {
      url: 'unix:///s.sock',
      address: { kind: 'unix', path: '/s.sock' },
      getAllProcessInfo: () => Promise.resolve(ok([info])),
      getPid: () => Promise.resolve(ok(1)),
    } as unknown as Supervisor;
    // As ps-list does (src/os/reduced/ps-table.ts).
    const reduced = {
      ...os,
      processes: async () =>
        (await os.processes()).map((proc) => ({ ...proc, cpuSeconds: 0, rssBytes: 0 })),
    };
    const sampler = new ProgramSampler(reduced, supervisor, undefined, []);
    const look = async () => {
      const sample = await sampler.sample(new AbortController().signal);
      return sample.ok ? sample.value.programs[0] : undefined;
    };
    expect((await look())?.cpuPercent).toBeUndefined();
    const seen = await waitFor('the busy process to be given a tenth of a processor', async () => {
      const row = await look();
      return (row?.cpuPercent ?? 0) > 10 ? row : undefined;
    });
    const { memoryBytes } = (await measureUsage(os, [busy.id])).usageOf([busy.id]);
    expect(memoryBytes).toBeGreaterThan(10_000);
    expect(Math.abs((seen.memoryBytes ?? 0) / (memoryBytes ?? 1) - 1)).toBeLessThan(0.2);
  });
});
