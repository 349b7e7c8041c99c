import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallLimits } from '../../../src/rpc/call-limits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('CallLimits', () => {
  it('ends with its time', () => {
    const limits = new CallLimits(100, undefined);
    vi.advanceTimersByTime(99);
    expect([limits.cause, limits.signal.aborted]).toEqual([undefined, false]);
    vi.advanceTimersByTime(1);
    expect([limits.cause, limits.signal.aborted]).toEqual(['timeout', true]);
  });

  it('ends with its caller', () => {
    const abort = new AbortController();
    const limits = new CallLimits(100, abort.signal);
    abort.abort();
    expect([limits.cause, limits.signal.aborted]).toEqual(['aborted', true]);
  });

  it.each(['timeout', 'aborted'] as const)('remembers what came first: %s', (first) => {
    const abort = new AbortController();
    const limits = new CallLimits(100, abort.signal);
    if (first === 'aborted') abort.abort();
    vi.advanceTimersByTime(100);
    abort.abort();
    expect(limits.cause).toBe(first);
  });

  it('has ended where its caller had', () => {
    const limits = new CallLimits(100, AbortSignal.abort());
    expect([limits.cause, limits.signal.aborted]).toEqual(['aborted', true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([Infinity, 2 ** 40])('takes a time of %d ms, which is more than a timer does', (ms) => {
    const limits = new CallLimits(ms, undefined);
    vi.advanceTimersByTime(86_400_000);
    expect(limits.cause).toBeUndefined();
    limits.release();
  });

  it('lets go of its timer', () => {
    const limits = new CallLimits(100, undefined);
    limits.release();
    expect(vi.getTimerCount()).toBe(0);
  });
});
