import { describe, expect, it } from 'vitest';
import { nameSpecOf, splitNameSpec } from '../../../src/base/name-spec.ts';

describe('splitNameSpec', () => {
  it.each([
    ['a', 'a', 'a'],
    ['g:a', 'g', 'a'],
    ['g:a:b', 'g', 'a:b'],
    ['g:*', 'g', undefined],
    ['g:', 'g', undefined],
    [':a', '', 'a'],
    ['*', '*', '*'],
  ])('%s', (word, group, name) => {
    expect(splitNameSpec(word)).toEqual({ group, name });
  });
});

describe('nameSpecOf', () => {
  it.each([
    ['a', 'a', 'a'],
    ['g', 'a', 'g:a'],
  ])('%s and %s', (group, name, expected) => {
    expect(nameSpecOf({ group, name })).toBe(expected);
  });
});
