import { afterEach, describe, expect, it, vi } from 'vitest';
import { realClock, settleWithin } from '../../../src/os/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('sleep', () => {
  it('rejects with the reason of the abort, and leaves no timer behind', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const sleeping = realClock.sleep(1000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when the abort came before', async () => {
    vi.useFakeTimers();
    await expect(realClock.sleep(1000, AbortSignal.abort('no Error'))).rejects.toThrow('no Error');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sleeps for longer than a timer can, not for shorter', async () => {
    vi.useFakeTimers();
    let isOver = false;
    void realClock.sleep(2 ** 40).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(24 * 60 * 60 * 1000);
    expect(isOver).toBe(false);
  });
});

describe('settleWithin', () => {
  it('gives the result that is in time, and leaves no timer behind', async () => {
    vi.useFakeTimers();
    expect(await settleWithin(Promise.resolve(1), 1000, 'late')).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up at the limit', async () => {
    vi.useFakeTimers();
    const never = new Promise<number>(() => undefined);
    const settled = settleWithin(never, 1000, 'late');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await settled).toBe('late');
  });
});
