import { describe, expect, it } from 'vitest';
import { Interruption } from '../../../src/reload/interruption.ts';

describe('Interruption', () => {
  it('asks for an orderly end with the first signal, stops waiting with the second', () => {
    const interruption = new Interruption();
    expect([interruption.orderly.aborted, interruption.atOnce.aborted]).toEqual([false, false]);
    interruption.note('SIGINT');
    expect([interruption.orderly.aborted, interruption.atOnce.aborted]).toEqual([true, false]);
    interruption.note('SIGTERM');
    expect([interruption.orderly.aborted, interruption.atOnce.aborted]).toEqual([true, true]);
  });

  it('keeps the signal that came first', () => {
    const interruption = new Interruption();
    expect(interruption.signal).toBeUndefined();
    interruption.note('SIGTERM');
    interruption.note('SIGINT');
    interruption.note('SIGINT');
    expect(interruption.signal).toBe('SIGTERM');
  });
});
