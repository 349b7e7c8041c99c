import { describe, expect, test } from 'vitest';
import { codeOf, readPage, sectionOf, tableRows, type Page } from './support/markdown.ts';
import { unionMembers } from './support/union-members.ts';

const page = readPage('docs/json.md');

const firstCells = (section: Page): readonly string[] =>
  tableRows(section)
    .map(([cell = '']) => codeOf(cell)[0] ?? '')
    .toSorted();

const without = (section: Page, heading: RegExp): Page => ({
  ...section,
  prose: section.prose.split(heading)[0] ?? '',
});

describe('docs/json.md', () => {
  test('has a row for every event, and for nothing else', () => {
    const events = unionMembers('src/reload/events.ts', 'EventBody', 'event');
    expect(firstCells(without(sectionOf(page, 'Actions'), /^### /m))).toEqual([...events].sort());
  });

  test('names every outcome', () => {
    const rows = tableRows(sectionOf(page, 'result'));
    const outcome = rows.find(([cell]) => cell === '`outcome`');
    const outcomes = unionMembers('src/reload/events.ts', 'Outcome');
    expect(codeOf(outcome?.[1] ?? '').toSorted()).toEqual([...outcomes].sort());
  });

  test('has a row for every kind of step, and for nothing else', () => {
    const tables = sectionOf(page, 'plan').prose.split(/^\| `do`/m);
    const kinds = unionMembers('src/policy/plan.ts', 'Step', 'do');
    expect(firstCells({ ...page, prose: `| \`do\`${tables[1] ?? ''}` })).toEqual([...kinds].sort());
  });

  test('every line of the example is an event of the program', () => {
    const events = unionMembers('src/reload/events.ts', 'EventBody', 'event');
    const lines = [...page.text.matchAll(/^\{"event":"([^"]+)","atMs"/gm)].map(([, name]) => name);
    expect(lines).not.toEqual([]);
    expect(lines.filter((name) => !events.includes(name ?? ''))).toEqual([]);
  });
});
