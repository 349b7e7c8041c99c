import { expect } from 'vitest';

/**
 * What violates a rule is exactly what is known to: something new fails, and so does what is known and no
 * longer violates it, so that the list only shrinks.
 */
export function expectKnown(violating: readonly string[], known: readonly string[]): void {
  expect(
    violating.filter((each) => !known.includes(each)),
    'against the rule',
  ).toEqual([]);
  expect(
    known.filter((each) => !violating.includes(each)),
    'mended: take it off the list',
  ).toEqual([]);
}
