import { describe, expect, it } from 'vitest';
import { bootEpochMs } from '../../../../src/os/linux/boot-time.ts';

describe('bootEpochMs', () => {
  const wallClockMs = 1_700_000_100_000;
  it.each([
    ['the finer reading', 'cpu 1\nbtime 1700000000\n', '99.75 5.0\n', 1_700_000_000_250],
    [
      'whole seconds where uptime is that of a container',
      'btime 1600000000\n',
      '99.75 5.0\n',
      1_600_000_000_000,
    ],
    ['uptime where there is no btime', 'cpu 1\n', '99.75 5.0\n', 1_700_000_000_250],
  ])('takes %s', (_, stat, uptime, expected) => {
    expect(bootEpochMs({ stat, uptime, wallClockMs })).toBe(expected);
  });
});
