import { describe, expect, it } from 'vitest';
import { wasExecutedWithOtherRights } from '../../../../src/os/linux/auxiliary-vector.ts';

/** An auxiliary vector of this machine with AT_UID, AT_EUID, AT_GID and AT_EGID. */
function vectorOf(ids: readonly [number, number, number, number]): Buffer {
  const words = [6, 4096, ...ids.flatMap((id, index) => [11 + index, id]), 0, 0];
  return Buffer.from(new BigUint64Array(words.map(BigInt)).buffer);
}

describe('wasExecutedWithOtherRights', () => {
  it.each([
    ['an ordinary program', [1000, 1000, 1000, 1000], false],
    ['a set-user-ID program', [1000, 0, 1000, 1000], true],
    ['a set-group-ID program', [1000, 1000, 1000, 42], true],
    ['one of root’s', [0, 0, 0, 0], false],
  ] as const)('%s', (_, ids, expected) => {
    expect(wasExecutedWithOtherRights(vectorOf(ids))).toBe(expected);
  });

  it('knows nothing of a process without a vector', () => {
    expect(wasExecutedWithOtherRights(Buffer.alloc(0))).toBe(false);
  });
});
