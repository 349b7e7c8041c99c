import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/base/errors.ts';
import { codeOf, headingsOf, readPage, sectionOf, tableRows } from './support/markdown.ts';
import { unionMembers } from './support/union-members.ts';

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();

const errors = readPage('docs/errors.md');

describe('docs/errors.md', () => {
  test('has an entry for every error code, and for nothing else', () => {
    const codes = unionMembers('src/base/errors.ts', 'ErrorCode');
    expect(sorted(headingsOf(sectionOf(errors, 'Errors'), 3))).toEqual(sorted(codes));
  });

  test('has an entry for every refusal, and for nothing else', () => {
    const codes = unionMembers('src/policy/refusal.ts', 'Refusal', 'code');
    expect(sorted(headingsOf(sectionOf(errors, 'Refusals'), 3))).toEqual(sorted(codes));
  });

  test('has a row for every reason of a failed step, and for nothing else', () => {
    const reasons = unionMembers('src/reload/events.ts', 'StepFailure', 'why');
    const rows = tableRows(sectionOf(errors, 'Failed steps')).flatMap(([cell = '']) =>
      codeOf(cell),
    );
    expect(sorted(rows)).toEqual(sorted(reasons));
  });
});

describe('exit codes', () => {
  test('docs/exit-codes.md has a row for each, with its name', () => {
    const page = sectionOf(readPage('docs/exit-codes.md'), 'Exit codes');
    const rows = tableRows(page).map(([code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(rows)).toEqual(EXIT);
  });

  test('README.md mentions each, and no other', () => {
    const rows = tableRows(sectionOf(readPage('README.md'), 'Exit codes'));
    const codes = rows.flatMap(([cell = '']) => cell.split(', ').map(Number));
    expect(codes.toSorted((left, right) => left - right)).toEqual(
      Object.values(EXIT).toSorted((left, right) => left - right),
    );
  });

  test('docs/deploy.md says what to do with each that an action can have', () => {
    const page = sectionOf(readPage('docs/deploy.md'), 'What to do with each exit code');
    const codes = tableRows(page).flatMap(([cell = '']) => cell.split(', ').map(Number));
    const ofQueries: readonly number[] = [EXIT.notRunning, EXIT.unknown, EXIT.apiMismatch];
    const ofActions = Object.values(EXIT).filter((code) => !ofQueries.includes(code));
    expect(new Set(codes)).toEqual(new Set(ofActions));
  });
});
