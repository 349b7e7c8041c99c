import { describe, expect, it } from 'vitest';
import { formatClaim, parseClaim } from '../../../../src/os/lock/claim.ts';

const claim = {
  pid: 42,
  uid: 33,
  user: 'www-data',
  purpose: 'reload usercenter',
  sinceEpochMs: 1_700_000_000_000.5,
  startTicks: undefined,
};

describe('a claim', () => {
  it.each([
    ['as it is', claim],
    ['with a start time', { ...claim, startTicks: 12 }],
    ['of a number without a name', { ...claim, user: undefined }],
  ])('survives the way over the wire: %s', (_, sent) => {
    const line = formatClaim(sent);
    expect(line).toMatch(/^[^\n]*\n$/);
    expect(parseClaim(line)).toEqual(sent);
  });

  it('is free of control characters and bounded, whoever wrote it', () => {
    const hostile = JSON.stringify({
      pid: 42,
      uid: 33,
      user: `\u001b[2J${'u'.repeat(500)}`,
      purpose: `reload\u001b[31m\n\u202e${'x'.repeat(5000)}`,
      since: 1,
    });
    const parsed = parseClaim(hostile);
    expect(parsed?.purpose.startsWith('reload\\x1b[31m\\x0a\\u{202e}xxx')).toBe(true);
    expect(parsed?.purpose.length).toBeLessThan(250);
    expect(parsed?.user?.startsWith('\\x1b[2Juuu')).toBe(true);
    expect(parsed?.user?.length).toBeLessThan(100);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"pid":42,'],
    ['null', 'null'],
    ['an array', '[1]'],
    ['no pid', JSON.stringify({ uid: 1, purpose: 'x', since: 1 })],
    ['pid 0', JSON.stringify({ pid: 0, uid: 1, purpose: 'x', since: 1 })],
    ['a negative pid', JSON.stringify({ pid: -1, uid: 1, purpose: 'x', since: 1 })],
    ['a pid in a string', JSON.stringify({ pid: '42', uid: 1, purpose: 'x', since: 1 })],
    ['a purpose that is no text', JSON.stringify({ pid: 42, uid: 1, purpose: {}, since: 1 })],
    ['no time', JSON.stringify({ pid: 42, uid: 1, purpose: 'x', since: null })],
  ])('is refused: %s', (_, text) => {
    expect(parseClaim(text)).toBeUndefined();
  });
});
