import { describe, expect, it } from 'vitest';
import type { Performed, PerformOptions } from '../../fake/site.ts';
import { goodCode, Site } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

/** Starts a second run while the first one is in its step `hup`. */
async function runTwo(site: Site, second: PerformOptions): Promise<readonly Performed[]> {
  const runs: Array<Promise<Performed>> = [];
  const first = await site.perform('reload', {
    onEvent: (event) => {
      if (event.event !== 'step-started' || event.step.id !== 'hup' || runs.length > 0) return;
      runs.push(site.perform('reload', second));
    },
  });
  return [first, ...(await Promise.all(runs))];
}

async function siteWithNewCode(): Promise<Site> {
  const site = new Site();
  await site.start();
  site.installation.code.set('', goodCode('2'));
  return site;
}

describe('two reloads of one program', () => {
  it('never interleave: the second waits, and says for whom', async () => {
    const site = await siteWithNewCode();
    const [first, second] = await runTwo(site, { wait: true });
    expect([first?.exitCode, second?.exitCode]).toEqual([0, 0]);
    const waits = second?.events.filter(({ event }) => event === 'lock-wait');
    expect(waits).toEqual([
      expect.objectContaining({ pid: first?.run.proc.pid, purpose: 'reload usercenter' }),
    ]);
    const firstEnd = first?.run.result?.elapsedMs ?? 0;
    const planned = second?.events.find(({ event }) => event === 'plan')?.atMs ?? 0;
    expect(planned).toBeGreaterThan(0);
    expect(firstEnd).toBeGreaterThan(0);
    expect(findFlaws(site, '2')).toEqual([]);
  });

  it('are refused to the second where it does not want to wait', async () => {
    const site = await siteWithNewCode();
    const [first, second] = await runTwo(site, { wait: false });
    expect(first?.exitCode).toBe(0);
    expect(second?.run.result).toMatchObject({ outcome: 'busy', exitCode: 13 });
    if (second !== undefined) expect(findBreaches(site, second)).toEqual([]);
    expect(findFlaws(site, '2')).toEqual([]);
  });

  it('may end while the second still waits: it is interrupted and has touched nothing', async () => {
    const site = await siteWithNewCode();
    const [first, second] = await runTwo(site, {
      wait: true,
      onStart: (run) => {
        site.clock.after(300, () => {
          run.interruption.note('SIGTERM');
        });
      },
    });
    expect(first?.exitCode).toBe(0);
    expect(second?.run.result).toMatchObject({ outcome: 'interrupted', exitCode: 143 });
    const theirs = site.kernel.sent.filter(({ from }) => from === second?.run.proc);
    expect(theirs).toEqual([]);
  });

  it('do not lock each other out when the first is KILLed', async () => {
    const site = await siteWithNewCode();
    const [first, second] = await runTwo(site, {
      wait: true,
      onStart: () => {
        site.clock.after(100, () => {
          const holder = site.kernel.list().find(({ argv }) => argv[0] === 'reloadctl');
          if (holder !== undefined) site.kernel.kill(site.kernel.init, holder, 'SIGKILL');
        });
      },
    });
    expect(first?.exitCode).toBe('killed');
    expect(second?.exitCode).toBe(0);
    expect(findFlaws(site, '2')).toEqual([]);
  });

  it('are refused to the second when it has waited long enough, and it says for how long', async () => {
    const site = await siteWithNewCode();
    const [first, second] = await runTwo(site, { waitMs: 100 });
    expect(first?.exitCode).toBe(0);
    expect(second?.run.result).toMatchObject({ outcome: 'busy', exitCode: 13 });
    const waits = second?.events.filter(({ event }) => event === 'lock-wait');
    expect(waits).toEqual([
      expect.not.objectContaining({ waitedMs: expect.anything() as unknown }),
      expect.objectContaining({ pid: first?.run.proc.pid, waitedMs: 200 }),
    ]);
  });
});
