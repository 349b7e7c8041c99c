import { expect, it } from 'vitest';
import type { DaemonEvent } from '../../../../src/daemon/events/daemon-event.ts';
import { startTicks } from '../../../../src/daemon/events/ticks.ts';
import { VirtualClock } from '../../../fake/clock.ts';

/** A clock that begins two seconds before a full minute, and its ticks. */
function startedTicks(jumpMs: () => number = () => 0): {
  readonly clock: VirtualClock;
  readonly ticks: Array<readonly [number, DaemonEvent]>;
  readonly stop: () => void;
} {
  const clock = new VirtualClock();
  const ticks: Array<readonly [number, DaemonEvent]> = [];
  const offset = 3_598_000 - clock.wallMs;
  const os = {
    wallClock: () => clock.wallMs + offset + jumpMs(),
    sleep: clock.sleep.bind(clock),
  };
  const stop = startTicks(os, (event) => ticks.push([clock.nowMs, event]));
  return { clock, ticks, stop };
}

it('ticks at the multiples of each period, not at the start, and not after its end', async () => {
  const { clock, ticks, stop } = startedTicks();
  await clock.run(clock.sleep(12_500));
  stop();
  await clock.run(clock.sleep(10_000));
  expect(ticks).toEqual([
    [2000, { type: 'TICK_5', when: 3600 }],
    [2000, { type: 'TICK_60', when: 3600 }],
    [2000, { type: 'TICK_3600', when: 3600 }],
    [7000, { type: 'TICK_5', when: 3605 }],
    [12_000, { type: 'TICK_5', when: 3610 }],
  ]);
});

it('makes one tick when the clock was set, forward or back', async () => {
  let jumpMs = 0;
  const { clock, ticks, stop } = startedTicks(() => jumpMs);
  await clock.run(clock.sleep(3000));
  ticks.length = 0;
  jumpMs = 100_000;
  await clock.run(clock.sleep(5000));
  jumpMs = 0;
  await clock.run(clock.sleep(5000));
  stop();
  expect(ticks.map(([, event]) => event)).toEqual([
    { type: 'TICK_5', when: 3705 },
    { type: 'TICK_60', when: 3660 },
    { type: 'TICK_5', when: 3610 },
    { type: 'TICK_60', when: 3600 },
  ]);
});
