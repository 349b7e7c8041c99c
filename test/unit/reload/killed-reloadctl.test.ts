import { describe, expect, it } from 'vitest';
import { goodCode } from '../../fake/site.ts';
import { findBreaches, findFlaws } from './outcome.ts';
import { siteFor, stepsOf, WAYS, type Way } from './strategies.ts';

/** After the beginning of a step: at once, in the middle of its effect, and when it nearly is over; each step at two of them. */
const DELAYS = [0, 3, 30, 250, 1300, 12];

/** A reload is for what runs; between stop and start of a restart nothing does. */
const afterwards = (way: Way): Way['action'] =>
  way.options.strategy === 'restart' ? 'restart' : way.action;

describe('kill -9 of reloadctl', { timeout: 30_000 }, () => {
  it.each(WAYS)('in every step: the next run puts everything right ($name)', async (way) => {
    const failures: string[] = [];
    for (const [index, step] of (await stepsOf(way)).entries()) {
      for (const [turn, delay] of DELAYS.entries()) {
        if (turn % 3 !== index % 3) continue;
        const site = await siteFor(way);
        const began = site.clock.nowMs;
        const killed = await site.perform(way.action, {
          options: way.options,
          onEvent: (event, run) => {
            if (event.event !== 'step-started' || event.step.id !== step) return;
            site.clock.after(delay, () => {
              run.kill();
            });
          },
        });
        const what = `${step} + ${delay} ms`;
        const note = (...flaws: readonly string[]): void => {
          failures.push(...flaws.map((flaw) => `${what}: ${flaw}`));
        };
        if (killed.exitCode !== 'killed') {
          if (killed.exitCode !== 0) note(`ended with ${killed.exitCode} before it was killed`);
          continue;
        }
        await site.clock.pass(200);
        site.installation.code.set('', goodCode('3'));
        const next = await site.perform(afterwards(way), { options: way.options });
        if (next.exitCode !== 0) note(`the next run ended with ${next.exitCode}`);
        note(...findFlaws(site, '3'), ...findBreaches(site, next));
        if (way.isGapless) {
          note(...site.serving.gapsSince(began).map(({ kind }) => `${kind} for a while`));
        }
      }
    }
    expect(failures).toEqual([]);
  });
});
