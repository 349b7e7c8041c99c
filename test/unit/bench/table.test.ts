import { expect, test } from 'vitest';
import { toLines, toMarkdown, type Table } from '../../bench/tables/table.ts';

const TABLE: Table = {
  title: 'Waits',
  groupTitle: 'boot',
  columns: [
    { title: 'way', align: 'left' },
    { title: 'ms', align: 'right' },
  ],
  groups: [
    {
      heading: '3 s',
      rows: [
        ['bare HUP', '2967'],
        ['bridge', '11'],
      ],
    },
    { heading: '10 s', rows: [['a|b', '9']] },
  ],
  notes: ['In milliseconds.'],
};

test('a table for a terminal has its headings on lines of their own', () => {
  expect(toLines(TABLE, 80)).toEqual([
    'Waits',
    'In milliseconds.',
    '',
    'way         ms',
    '3 s',
    'bare HUP  2967',
    'bridge      11',
    '10 s',
    'a|b          9',
    '',
  ]);
});

test('a table for Markdown has its headings in the first row of each group', () => {
  expect(toMarkdown(TABLE)).toBe(
    [
      '## Waits',
      '',
      'In milliseconds.',
      '',
      '| boot | way | ms |',
      '| :-- | :-- | --: |',
      '| 3 s | bare HUP | 2967 |',
      '|  | bridge | 11 |',
      '| 10 s | a\\|b | 9 |',
      '',
    ].join('\n'),
  );
});
