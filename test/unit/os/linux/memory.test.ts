import { describe, expect, it } from 'vitest';
import { parseAvailableBytes, parseProportionalBytes } from '../../../../src/os/linux/memory.ts';

describe('parseProportionalBytes', () => {
  it('adds the share of the resident and of the swapped pages', () => {
    const rollup = [
      '5589b2267000-7ffeb7fdd000 ---p 00000000 00:00 0                          [rollup]',
      'Rss:                1696 kB',
      'Pss:                 263 kB',
      'Pss_Dirty:           112 kB',
      'Swap:                 99 kB',
      'SwapPss:               7 kB',
      '',
    ].join('\n');
    expect(parseProportionalBytes(rollup)).toBe(270 * 1024);
  });
});

describe('parseAvailableBytes', () => {
  it.each([
    ['MemTotal:  100 kB\nMemAvailable:   42 kB\n', 42 * 1024],
    ['MemTotal:  100 kB\n', undefined],
    [undefined, undefined],
  ])('%j', (text, bytes) => {
    expect(parseAvailableBytes(text)).toBe(bytes);
  });
});
