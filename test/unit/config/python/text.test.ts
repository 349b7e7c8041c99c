import { describe, expect, test } from 'vitest';
import {
  compareCodePoints,
  indentationOf,
  isSpace,
  splitWords,
  strip,
} from '../../../../src/config/python/text.ts';

test('white space is Python’s', () => {
  expect(strip(' \t\x1f\x85\u3000a\ufeff\u2028\n')).toBe('a\ufeff');
  expect([' ', '\x1c', '\ufeff', '', undefined].map(isSpace)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(splitWords('  a\x1fb\n c ')).toEqual(['a', 'b', 'c']);
});

test.each([
  ['  a', 2],
  ['\t a', 2],
  ['a', 0],
  ['   ', 0],
  ['', 0],
])('indentation of %j', (line, indentation) => {
  expect(indentationOf(line)).toBe(indentation);
});

describe('order by code point', () => {
  test.each([
    [
      ['b', 'a', 'B', 'ab'],
      ['B', 'a', 'ab', 'b'],
    ],
    [
      ['😀', 'ﬀ'],
      ['ﬀ', '😀'],
    ],
    [
      ['a', ''],
      ['', 'a'],
    ],
  ])('%j', (given, sorted) => {
    expect(given.toSorted(compareCodePoints)).toEqual(sorted);
  });
});
