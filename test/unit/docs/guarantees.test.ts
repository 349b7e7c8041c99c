import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';
import { linksOf, readPage, sectionOf } from './support/markdown.ts';

/** Guarantees whose test bears another title than 'guarantee N: …'. */
const OTHER_TITLES: ReadonlyMap<number, string> = new Map([
  [5, 'limits every step that waits, with a reason'],
  [7, 'sends no signal to another process that has got the pid'],
]);

const { path, prose } = sectionOf(readPage('README.md'), 'Guarantees');

const guarantees = prose
  .split(/^(?=\d+\. \*\*)/m)
  .slice(1)
  .map((text) => ({
    number: Number.parseInt(text, 10),
    tests: linksOf({ path, text, prose: text }).filter((link) => link.endsWith('.test.ts')),
  }));

describe('README.md', () => {
  test('gives ten guarantees', () => {
    expect(guarantees.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test.for(guarantees)('names the test that proves guarantee $number', ({ number, tests }) => {
    const title = OTHER_TITLES.get(number) ?? `guarantee ${number}: `;
    const texts = tests.map((file) => readFileSync(join(REPOSITORY, file), 'utf8'));
    expect(texts).not.toEqual([]);
    expect(texts.filter((text) => !text.includes(title))).toEqual([]);
  });
});
