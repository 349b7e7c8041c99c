import { describe, expect, it } from 'vitest';
import { Params } from '../../../../src/daemon/server/methods/params.ts';
import type { RpcValue } from '../../../../src/rpc/value.ts';

describe('parameters', () => {
  it.for<readonly [RpcValue, number | undefined]>([
    [5, 5],
    [-5, -5],
    ['5', 5],
    [' -5 ', -5],
    [5.9, 5],
    [-5.9, -5],
    ['x', undefined],
    ['', undefined],
    [null, undefined],
    [[], undefined],
    [1e300, undefined],
  ])('%j as a whole number', ([value, expected]) => {
    const read = (): number => new Params([value]).int(0);
    if (expected === undefined) expect(read).toThrow('INCORRECT_PARAMETERS');
    else expect(read()).toBe(expected);
  });

  it.for<readonly [readonly RpcValue[], boolean]>([
    [[], true],
    [[true], true],
    [[false], false],
    [[0], false],
    [[1], true],
    [[''], false],
    [['False'], true],
    [[null], false],
    [[[]], false],
    [[[0]], true],
    [[{}], false],
  ])('%j as truth', ([values, expected]) => {
    expect(new Params(values).truth(0, true)).toBe(expected);
  });
});
