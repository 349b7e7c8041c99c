import { describe, expect, test } from 'vitest';
import { PROGRAM_OPTION_NAMES } from '../../../src/config/supervisord-options.ts';
import { SETTINGS } from '../../../src/config/settings/settings.ts';
import { CUSTOM_TYPE_KEYS } from '../../../src/config/settings/custom-types.ts';
import { HOOK_MOMENTS, STRATEGIES } from '../../../src/config/settings/setting-values.ts';
import { codeOf, readPage, sectionOf, tableRows } from './support/markdown.ts';

const page = readPage('docs/configuration.md');
const settings = sectionOf(page, 'Settings');

/** The rows of the table of settings by key. */
const rows = new Map(
  tableRows({ ...settings, prose: settings.prose.split('### Hooks')[0] ?? '' }).map((cells) => [
    codeOf(cells[0] ?? '')[0] ?? '',
    cells,
  ]),
);

describe('docs/configuration.md', () => {
  test('says of every setting what its record says, and nothing of any other', () => {
    const written = Object.fromEntries([...rows].map(([key, cells]) => [key, cells.slice(1)]));
    expect(written).toEqual(
      Object.fromEntries(
        Object.entries(SETTINGS).map(([key, { type, unset, doc }]) => [key, [type, unset, doc]]),
      ),
    );
  });

  test('has a row for every key of a type of your own, and for nothing else', () => {
    const keys = tableRows(sectionOf(page, 'Types of your own')).map(
      (cells) => codeOf(cells[0] ?? '')[0],
    );
    expect(keys.toSorted()).toEqual(Object.keys(CUSTOM_TYPE_KEYS).sort());
  });

  test('names every strategy', () => {
    expect(codeOf(rows.get('strategy')?.[1] ?? '').toSorted()).toEqual([...STRATEGIES].sort());
  });

  test('has a row for every moment of a hook', () => {
    const moments = tableRows(sectionOf(page, 'Hooks')).flatMap(([cell = '']) => codeOf(cell));
    expect(moments.toSorted()).toEqual([...HOOK_MOMENTS].sort());
  });

  test('speaks of keys of a program that there are', () => {
    const keys = tableRows(sectionOf(page, 'What is taken from a program')).flatMap(([cell = '']) =>
      codeOf(cell),
    );
    expect(keys).not.toEqual([]);
    expect(keys.filter((key) => !PROGRAM_OPTION_NAMES.includes(key))).toEqual([]);
  });
});
