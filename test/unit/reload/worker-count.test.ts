import { describe, expect, it } from 'vitest';
import { goodCode, Site, type SiteOptions } from '../../fake/site.ts';
import { findBreaches } from './outcome.ts';

/** A site whose number of workers somebody has raised by hand. */
async function raised(by: number, options: SiteOptions = {}): Promise<Site> {
  const site = new Site({ config: { workers: 2 }, ...options });
  await site.start();
  for (let index = 0; index < by; index += 1) {
    const { master } = site;
    if (master !== undefined) site.kernel.kill(site.kernel.init, master.proc, 'SIGTTIN');
    await site.clock.pass(1500);
  }
  site.installation.code.set('', goodCode('2'));
  return site;
}

const workersOf = (site: Site): number => site.master?.workers.length ?? 0;

describe.each(['20.1.0', '26.1.0'] as const)('the number of workers, gunicorn %s', (flavour) => {
  it.each([
    ['bridge', undefined],
    ['hup', undefined],
    ['rolling', 1],
    ['rolling', 4],
  ] as const)('that was raised by hand stays raised: %s %s', async (strategy, surge) => {
    const site = await raised(2, { flavour });
    expect(workersOf(site)).toBe(4);
    const performed = await site.perform('reload', {
      options: {
        strategy,
        surge: surge === undefined ? undefined : { kind: 'count', workers: surge },
      },
    });
    expect(performed.exitCode).toBe(0);
    expect(workersOf(site)).toBe(4);
    expect(site.versions).toEqual(['2', '2', '2', '2']);
    expect(findBreaches(site, performed)).toEqual([]);
    await site.clock.pass(10_000);
    expect(workersOf(site)).toBe(4);
  });

  it('follows a configuration that asks for another number', async () => {
    const site = await raised(0, { flavour });
    await site.clock.pass(1000);
    site.installation.config = { ...site.installation.config, workers: 5 };
    site.kernel.files.write('/srv/gunicorn.py', 'workers = 5\n');
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expect(workersOf(site)).toBe(5);
  });

  it('is put right when one TTOU of several is lost', async () => {
    const site = await raised(2, { flavour });
    let seen = 0;
    site.kernel.losesSignal = (signal) => signal === 'SIGTTOU' && (seen += 1) === 2;
    const performed = await site.perform('reload', { options: { strategy: 'rolling' } });
    expect(performed.exitCode).toBe(0);
    expect(workersOf(site)).toBe(4);
    expect(site.cutOff).toEqual([]);
  });

  it('is put right after a reload of ours that was KILLed in the middle of its surge', async () => {
    const site = await raised(0, { flavour, config: { workers: 3 } });
    const killed = await site.perform('reload', {
      options: { strategy: 'rolling' },
      onEvent: (event, run) => {
        if (event.event === 'step-started' && event.step.id === 'surge-ready') run.kill();
      },
    });
    expect(killed.exitCode).toBe('killed');
    expect(workersOf(site)).toBe(6);
    const next = await site.perform('reload');
    expect(next.exitCode).toBe(0);
    expect(workersOf(site)).toBe(3);
  });
});
