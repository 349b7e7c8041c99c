import { describe, expect, it } from 'vitest';
import { formatClaim, parseClaim } from '../../../../src/os/lock/claim.ts';

const claim = {
  pid: 42,
  startTicks: 12,
  where: 'boot pid:[4026531836] time:[4026531834]',
  purpose: 'reload usercenter',
  sinceEpochMs: 1_700_000_000_000.5,
};

describe('a claim', () => {
  it('survives the way through a file, in one line', () => {
    const line = formatClaim(claim);
    expect(line).toMatch(/^[^\n]*\n$/);
    expect(parseClaim(line)).toEqual(claim);
  });

  it('is free of control characters and bounded, whoever wrote it', () => {
    const hostile = JSON.stringify({
      pid: 42,
      start: 1,
      where: `\u001b[2J${'u'.repeat(500)}`,
      purpose: `reload\u001b[31m\n\u202e${'x'.repeat(5000)}`,
      since: 1,
    });
    const parsed = parseClaim(hostile);
    expect(parsed?.purpose.startsWith('reload\\x1b[31m\\x0a\\u{202e}xxx')).toBe(true);
    expect(parsed?.purpose.length).toBeLessThan(250);
    expect(parsed?.where.startsWith('\\x1b[2Juuu')).toBe(true);
    expect(parsed?.where.length).toBeLessThan(250);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"pid":42,'],
    ['null', 'null'],
    ['an array', '[1]'],
    ['no pid', JSON.stringify({ start: 1, where: '', purpose: 'x', since: 1 })],
    ['pid 0', JSON.stringify({ pid: 0, start: 1, where: '', purpose: 'x', since: 1 })],
    ['a negative pid', JSON.stringify({ pid: -1, start: 1, where: '', purpose: 'x', since: 1 })],
    [
      'a pid in a string',
      JSON.stringify({ pid: '42', start: 1, where: '', purpose: 'x', since: 1 }),
    ],
    [
      'a purpose that is no text',
      JSON.stringify({ pid: 42, start: 1, where: '', purpose: {}, since: 1 }),
    ],
    ['no start', JSON.stringify({ pid: 42, where: '', purpose: 'x', since: 1 })],
    ['no place', JSON.stringify({ pid: 42, start: 1, purpose: 'x', since: 1 })],
    ['no time', JSON.stringify({ pid: 42, start: 1, where: '', purpose: 'x', since: null })],
  ])('is refused: %s', (_, text) => {
    expect(parseClaim(text)).toBeUndefined();
  });
});
