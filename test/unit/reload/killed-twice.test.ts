import { describe, expect, it } from 'vitest';
import type { Site } from '../../fake/site.ts';
import { siteFor, SOME_WAYS, stepsOf } from './strategies.ts';

function killMaster(site: Site): void {
  const proc = site.master?.proc;
  if (proc !== undefined) site.kernel.kill(site.kernel.init, proc, 'SIGKILL');
}

describe('the outcome is what is seen after the last step', () => {
  it.each(SOME_WAYS)(
    '$name: DOWN is not said of a program that serves again within seconds of its master being KILLed twice',
    { timeout: 60_000 },
    async (way) => {
      const untrue: string[] = [];
      for (const step of await stepsOf(way)) {
        for (const againMs of [200, 1200, 2500]) {
          const site = await siteFor(way);
          let isStruck = false;
          const { run } = await site.perform(way.action, {
            options: way.options,
            onEvent: (event) => {
              if (isStruck || event.event !== 'step-started' || event.step.id !== step) return;
              isStruck = true;
              for (const ms of [0, againMs]) {
                site.clock.after(ms, () => {
                  killMaster(site);
                });
              }
            },
          });
          if (run.result?.outcome !== 'down') continue;
          const said = site.versions.length;
          await site.clock.pass(1000);
          if (said > 0 || site.versions.length > 0) untrue.push(`${step} + ${againMs} ms`);
        }
      }
      expect(untrue).toEqual([]);
    },
  );
});
