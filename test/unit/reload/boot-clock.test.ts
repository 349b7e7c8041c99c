import { expect, test } from 'vitest';
import type { Step } from '../../../src/policy/plan.ts';
import type { Condition } from '../../../src/policy/condition.ts';
import { BootClock } from '../../../src/reload/boot-clock.ts';
import type { ReloadEvent } from '../../../src/reload/events.ts';

const done = (until: Condition, elapsedMs: number, undoing = false): ReloadEvent => {
  const step: Step = {
    id: 'wait',
    phase: 'prove',
    do: 'wait',
    until,
    limit: { ms: 1000, reason: { code: 'timeout' } } as never,
    atLimit: 'undo',
  } as never;
  return { event: 'step-done', step, elapsedMs, undoing, atMs: 0 };
};

test('BootClock takes the longest boot that was seen to its end, and passes everything on', () => {
  const clock = new BootClock();
  const passed: ReloadEvent[] = [];
  const sink = clock.listenTo((event) => {
    passed.push(event);
  });
  expect(clock.longestMs).toBeUndefined();
  sink(done({ is: 'bridge-gone' }, 9000));
  expect(clock.longestMs).toBeUndefined();
  sink(done({ is: 'bridge-ready', workers: 2 }, 3000.4));
  sink(done({ is: 'new-workers-ready', count: 2 }, 2900));
  sink(done({ is: 'successor-ready', workers: 2, ms: 0 }, 8000, true));
  expect(clock.longestMs).toBe(3000);
  expect(passed).toHaveLength(4);
});
