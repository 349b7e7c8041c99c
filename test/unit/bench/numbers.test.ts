import { expect, test } from 'vitest';
import { formatMs, formatRatio, formatShare, median } from '../../bench/numbers.ts';
import { parsePssKib } from '../../bench/pss.ts';

test.for([
  { of: [], is: 0 },
  { of: [7], is: 7 },
  { of: [1, 2], is: 1.5 },
  { of: [1, 2, 30], is: 2 },
  { of: [1, 2, 4, 30], is: 3 },
])('the median of $of is $is', ({ of, is }) => {
  expect(median(of)).toBe(is);
});

test.for([
  { shown: formatMs(4.24), is: '4.2' },
  { shown: formatMs(9.96), is: '10' },
  { shown: formatRatio(1.049), is: '1.05 x' },
  { shown: formatRatio(12.4), is: '12 x' },
  { shown: formatShare(0.0068), is: '0.7 %' },
  { shown: formatShare(0.996), is: '100 %' },
])('a number is shown as $is', ({ shown, is }) => {
  expect(shown).toBe(is);
});

test.for([
  { text: 'Rss:    100 kB\nPss:     42 kB\nPss_Dirty:  7 kB\n', is: 42 },
  { text: '', is: 0 },
])('the Pss of a smaps_rollup is read: $is', ({ text, is }) => {
  expect(parsePssKib(text)).toBe(is);
});
