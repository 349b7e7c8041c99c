import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  displayWidth,
  padEnd,
  padStart,
  truncate,
  truncateMiddle,
} from '../../../../src/terminal/text/width.ts';

describe('width of text', () => {
  it.each([
    ['abc', 3],
    ['中文', 4],
    ['e\u0301', 1],
    ['→ ✓ · █ …', 9],
    ['', 0],
  ])('measures %j as %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['中文中文', 5, '中文…'],
    ['中文中文', 4, '中…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('cuts %j to %i columns as %j', (text, width, expected) => {
    expect(truncate(text, width)).toBe(expected);
  });

  it.each([
    ['queue-of-mails-1', 16, 'queue-of-mails-1'],
    ['queue-of-mails-1', 10, 'queue-…s-1'],
    ['中文中文中文', 10, '中文中…文'],
    ['queue-of-mails-1', 6, 'queue…'],
    ['abc', 0, ''],
  ])('cuts the middle of %j to %i columns as %j', (text, width, expected) => {
    expect(truncateMiddle(text, width)).toBe(expected);
  });

  it('never makes a text wider than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) => {
        expect(displayWidth(truncateMiddle(text, width))).toBeLessThanOrEqual(width);
        expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('pads by columns, not by characters', () => {
    expect(padEnd('中', 4)).toBe('中  ');
    expect(padStart('中', 4)).toBe('  中');
    expect(padEnd('long', 2)).toBe('long');
  });
});
