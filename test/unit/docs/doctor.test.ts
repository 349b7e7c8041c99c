import { expect, test } from 'vitest';
import { codeOf, readPage, sectionOf, tableRows } from './support/markdown.ts';
import { unionMembers } from './support/union-members.ts';

test('docs/doctor.md has a row for every kind of trouble, and for nothing else', () => {
  const codes = unionMembers('src/doctor/finding.ts', 'Trouble', 'code');
  const rows = tableRows(sectionOf(readPage('docs/doctor.md'), 'Findings'));
  const named = rows.map(([cell = '']) => codeOf(cell)[0] ?? '');
  expect(named.toSorted()).toEqual([...codes].sort());
});
