import { describe, expect, it } from 'vitest';
import { goodCode, Site } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';

/** One look every 40 ms: with a signal that takes from 0 to 44 ms to arrive every moment of a fork falls into some look. */
const DELAYS = Array.from({ length: 23 }, (_, index) => index * 2);

describe('a reload looks at the right moment or looks again', { timeout: 30_000 }, () => {
  for (const flavour of ['20.1.0', '26.1.0'] as const) {
    for (const workers of [1, 2]) {
      it.each([
        ['bridge', undefined],
        ['rolling', { kind: 'count', workers: 1 }],
        ['hup', undefined],
      ] as const)(`${flavour}, workers: ${workers}, %s`, async (strategy, surge) => {
        const failures: string[] = [];
        for (const delay of DELAYS) {
          const site = new Site({ flavour, config: { workers } });
          await site.start();
          site.installation.code.set('', goodCode('2'));
          site.kernel.deliveryMs = delay;
          const began = site.clock.nowMs;
          const performed = await site.perform('reload', { options: { strategy, surge } });
          const gaps = strategy === 'hup' ? [] : site.serving.gapsSince(began);
          const flaws = [...findFlaws(site, '2'), ...findBreaches(site, performed)];
          if (performed.exitCode !== 0) flaws.push(`exit ${performed.exitCode}`);
          failures.push(...flaws.map((flaw) => `${delay} ms: ${flaw}`));
          failures.push(...gaps.map(({ kind }) => `${delay} ms: ${kind}`));
        }
        expect(failures).toEqual([]);
      });
    }
  }
});
