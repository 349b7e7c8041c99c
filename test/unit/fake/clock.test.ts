import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../fake/clock.ts';

describe('VirtualClock', () => {
  it('lets things happen in the order of their time, then of their making', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const note = (what: string) => (): void => {
      seen.push(`${what} at ${clock.nowMs}`);
    };
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    clock.after(15, note('never')).cancel();
    await clock.pass(30);
    expect(seen).toEqual(['first at 10', 'second at 10', 'late at 20']);
    expect(clock.nowMs).toBe(30);
  });

  it('waits until everybody sleeps before it moves on', async () => {
    const clock = new VirtualClock();
    const work = async (): Promise<number> => {
      for (let index = 0; index < 100; index += 1) await Promise.resolve();
      await clock.sleep(5);
      return clock.nowMs;
    };
    clock.after(1, () => undefined);
    expect(await clock.run(work())).toBe(5);
  });

  it('ends a sleep that is aborted, and at once one that was before', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    clock.after(3, () => {
      controller.abort(new Error('enough'));
    });
    await expect(clock.run(clock.sleep(1000, controller.signal))).rejects.toThrow('enough');
    expect(clock.nowMs).toBe(3);
    await expect(clock.run(clock.sleep(1000, controller.signal))).rejects.toThrow('enough');
    expect(clock.nowMs).toBe(3);
  });

  it('says so when nothing is left to happen', async () => {
    const clock = new VirtualClock();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(/nothing is left/);
  });
});
