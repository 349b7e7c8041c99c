import { describe, expect, it } from 'vitest';
import { ReloadctlError } from '../../../src/base/errors.ts';
import { splitScale } from '../../../src/commands/split-scale.ts';

describe('splitScale', () => {
  it.each([
    [['web', '+2'], ['web'], { kind: 'by', workers: 2 }],
    [['web', '-1'], ['web'], { kind: 'by', workers: -1 }],
    [['web', '8'], ['web'], { kind: 'to', workers: 8 }],
    [['a', 'b:*', '+0'], ['a', 'b:*'], { kind: 'by', workers: 0 }],
  ] as const)('%j', (words, targets, scale) => {
    expect(splitScale(words)).toEqual({ targets, scale });
  });

  it.each([[['web']], [['+1']], [['web', '0']], [['web', '+x']], [['web', '100000']], [[]]])(
    'refuses %j',
    (words) => {
      expect(() => splitScale(words)).toThrow(ReloadctlError);
    },
  );
});
