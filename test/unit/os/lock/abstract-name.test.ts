import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abstractNameOf } from '../../../../src/os/lock/abstract-socket.ts';

describe('abstractNameOf', () => {
  it('shows what it can', () => {
    expect(abstractNameOf('web:usercenter')).toMatch(/^reloadctl\/web:usercenter#+$/);
  });

  it('has the full length in any case, so that all versions of Node mean the same name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (name) => {
        expect(Buffer.byteLength(abstractNameOf(name))).toBe(107);
      }),
    );
  });

  it.each([
    ['a', 'a#'],
    ['a', 'a##'],
    ['', '#'],
    ['a'.repeat(97), 'a'.repeat(98)],
    ['a b', 'a_b'],
    ['ž', 'z'],
  ])('tells %j from %j', (one, other) => {
    expect(abstractNameOf(one)).not.toBe(abstractNameOf(other));
  });
});
