import { describe, expect, it } from 'vitest';
import type { ScaleChange } from '../../../src/policy/facts.ts';
import { Site } from '../../fake/site.ts';
import { findBreaches } from './outcome.ts';

async function started(): Promise<Site> {
  const site = new Site({ config: { workers: 3 } });
  await site.start();
  return site;
}

const workersOf = (site: Site): number => site.master?.workers.length ?? 0;

describe('scale', () => {
  it.each<readonly [string, ScaleChange, number]>([
    ['two more', { kind: 'by', workers: 2 }, 5],
    ['one fewer', { kind: 'by', workers: -1 }, 2],
    ['as many as there are', { kind: 'to', workers: 3 }, 3],
    ['down to one', { kind: 'to', workers: 1 }, 1],
  ])('%s', async (_name, scale, count) => {
    const site = await started();
    const { master } = site;
    const began = site.clock.nowMs;
    const performed = await site.perform('scale', { options: { scale } });
    expect(performed.run.result).toMatchObject({ outcome: 'done', exitCode: 0, action: 'scale' });
    expect(workersOf(site)).toBe(count);
    expect(site.master).toBe(master);
    expect(findBreaches(site, performed)).toEqual([]);
    expect(site.serving.gapsSince(began)).toEqual([]);
    expect(site.cutOff).toEqual([]);
  });

  it('sends another signal where one was lost on the way down', async () => {
    const site = await started();
    let seen = 0;
    site.kernel.losesSignal = (signal) => signal === 'SIGTTOU' && (seen += 1) === 1;
    const performed = await site.perform('scale', {
      options: { scale: { kind: 'by', workers: -1 } },
    });
    expect(performed.exitCode).toBe(0);
    expect(workersOf(site)).toBe(2);
  });

  it('exits 10 where no worker comes, and touches nothing', async () => {
    const site = await started();
    site.kernel.losesSignal = (signal) => signal === 'SIGTTIN';
    const performed = await site.perform('scale', {
      options: { scale: { kind: 'by', workers: 1 } },
    });
    expect(performed.run.result).toMatchObject({ outcome: 'refused', exitCode: 10 });
    expect(workersOf(site)).toBe(3);
  });

  it('exits 12 where only some of them come', async () => {
    const site = await started();
    let seen = 0;
    site.kernel.losesSignal = (signal) => signal === 'SIGTTIN' && (seen += 1) > 1;
    const performed = await site.perform('scale', {
      options: { scale: { kind: 'by', workers: 2 } },
    });
    expect(performed.run.result).toMatchObject({ outcome: 'degraded', exitCode: 12 });
    expect(workersOf(site)).toBe(4);
  });

  it('is refused before anything is sent where no worker would be left', async () => {
    const site = await started();
    const performed = await site.perform('scale', {
      options: { scale: { kind: 'by', workers: -3 } },
    });
    expect(performed.run.result).toMatchObject({
      exitCode: 10,
      refusal: { code: 'no-worker-left', running: 3, to: 0 },
    });
    expect(performed.events.filter(({ event }) => event === 'signal')).toEqual([]);
  });
});

describe('upgrade', () => {
  it('is refused under a supervisor, whose process would end', async () => {
    const site = await started();
    const performed = await site.perform('upgrade');
    expect(performed.run.result).toMatchObject({
      exitCode: 10,
      refusal: { code: 'upgrade-escapes' },
    });
    expect(performed.events.filter(({ event }) => event === 'signal')).toEqual([]);
  });
});
