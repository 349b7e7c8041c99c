// docs/differences.md says what the tests see: each difference that is named there is a comment of a test, and the other way round.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';
import { headingsOf, readPage } from './support/markdown.ts';

const FOLDERS = ['conformance', 'daemon', 'trust'].map((name) => join('test/integration', name));

const headings = headingsOf(readPage('docs/differences.md'), 3);

/** What stands behind 'Difference: ' in the comments of tests. */
const seen = FOLDERS.flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...readFileSync(join(REPOSITORY, folder, name), 'utf8').matchAll(/Difference: (.*)/g),
    ])
    .map(([, text = '']) => text),
);

test.for(headings)('a test sees the difference: %s', (heading) => {
  expect(seen.filter((text) => text.startsWith(`${heading}.`))).not.toEqual([]);
});

test('every difference that a test sees is told', () => {
  const untold = seen.filter((text) => !headings.some((heading) => text.startsWith(`${heading}.`)));
  expect(untold).toEqual([]);
});
