import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';
import { readPage, sectionOf } from './support/markdown.ts';

describe('docs/architecture.md', () => {
  test('its map names every entry of src, and nothing else', () => {
    const { text } = sectionOf(readPage('docs/architecture.md'), 'The layers');
    const named = [...text.matchAll(/^src\/([\w.-]+)/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(readdirSync(join(REPOSITORY, 'src')).toSorted());
  });
});
