import { describe, expect, it } from 'vitest';
import type { Flavour } from '../../fake/gunicorn/installation.ts';
import { goodCode, Site, type SiteOptions } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

const FLAVOURS: readonly Flavour[] = ['20.1.0', '26.1.0'];

const GENTLE = [
  ['bridge', undefined],
  ['rolling', 1],
  ['rolling', 2],
  ['rolling', 3],
] as const;

const ROWS = FLAVOURS.flatMap((flavour) =>
  GENTLE.map(([strategy, surge]) => ({ flavour, strategy, surge })),
);

/** Variants of a site that none of the gentle strategies may stumble over. */
const SITES: ReadonlyArray<readonly [string, SiteOptions]> = [
  ['three workers', { config: { workers: 3 } }],
  ['one worker', { config: { workers: 1 } }],
  ['eight workers', { config: { workers: 8 } }],
  ['nobody uses it', { config: { workers: 3 }, requestMs: 0 }],
  ['setproctitle', { config: { workers: 2 }, setproctitle: true }],
  ['no pid file, no control socket', { config: { pidfile: undefined, controlSocket: undefined } }],
  ['workers are replaced now and then', { config: { workers: 3, maxRequests: 1000 } }],
];

describe('a reload without a gap', () => {
  for (const [name, options] of SITES) {
    it.each(ROWS)(`${name}: $flavour, $strategy $surge`, async ({ flavour, strategy, surge }) => {
      const site = new Site({ flavour, ...options });
      await site.start();
      const { master } = site;
      site.installation.code.set('', goodCode('2'));
      const began = site.clock.nowMs;
      const performed = await site.perform('reload', {
        options: {
          strategy,
          surge: surge === undefined ? undefined : { kind: 'count', workers: surge },
        },
      });
      expect(performed.run.result).toMatchObject({ outcome: 'done', exitCode: 0, strategy });
      expect(findFlaws(site, '2')).toEqual([]);
      expect(findBreaches(site, performed)).toEqual([]);
      expect(site.serving.gapsSince(began)).toEqual([]);
      expect(site.cutOff).toEqual([]);
      expect(site.master).toBe(master);
    });
  }
});

describe.each(FLAVOURS)('with gunicorn %s', (flavour) => {
  it.each([
    ['hup', 'reload', { strategy: 'hup' }],
    ['restart', 'reload', { strategy: 'restart' }],
    ['hard restart', 'hard-restart', {}],
  ] as const)('%s puts the new code in service', async (_name, action, options) => {
    const site = new Site({ flavour, config: { workers: 3 } });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    const performed = await site.perform(action, { options });
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '2')).toEqual([]);
    expect(findBreaches(site, performed)).toEqual([]);
    expect(site.cutOff).toEqual([]);
  });

  it('hup makes requests wait for one boot, and refuses none', async () => {
    const site = new Site({ flavour, code: goodCode('1', 3000) });
    await site.start();
    const began = site.clock.nowMs;
    await site.perform('reload', { options: { strategy: 'hup' } });
    const [gap, ...others] = site.serving.gapsSince(began);
    expect(others).toEqual([]);
    expect(gap?.kind).toBe('stalled');
    expect((gap?.toMs ?? Infinity) - (gap?.fromMs ?? 0)).toBeGreaterThan(2900);
  });

  it('stop leaves nothing behind, start brings it back', async () => {
    const site = new Site({ flavour, config: { workers: 3 } });
    await site.start();
    const stopped = await site.perform('stop');
    expect(stopped.exitCode).toBe(0);
    expect(site.family).toEqual([]);
    expect(site.subprocess.state).toBe('STOPPED');
    expect(findBreaches(site, stopped)).toEqual([]);
    const started = await site.perform('start');
    expect(started.exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
  });

  it('reloads a bare process by its pid', async () => {
    const site = new Site({ flavour });
    await site.start();
    site.installation.code.set('', goodCode('2'));
    const began = site.clock.nowMs;
    const performed = await site.perform('reload', { target: 'process' });
    expect(performed.run.result).toMatchObject({ exitCode: 0, strategy: 'bridge' });
    expect(findFlaws(site, '2')).toEqual([]);
    expect(site.serving.gapsSince(began)).toEqual([]);
  });

  it('takes a changed configuration over, its number of workers too', async () => {
    const site = new Site({ flavour, config: { workers: 4 } });
    await site.start();
    site.installation.config = { ...site.installation.config, workers: 2 };
    site.kernel.files.write('/srv/gunicorn.py', 'workers = 2\n');
    const performed = await site.perform('reload');
    expect(performed.exitCode).toBe(0);
    expect(findFlaws(site, '1')).toEqual([]);
  });
});
