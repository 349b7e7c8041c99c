// Every check and every line of the tables of the specification has a test against supervisord and against our own daemon.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';

const FOLDERS = ['test/integration/conformance', 'test/integration/supervisorctl'];

/** The lines of tables 5.1 to 5.5: what supervisorctl does, says and exits with. */
const LINES: readonly string[] = [
  ...['options', 'arguments', '-i', 'open'].map((line) => `5.1 ${line}`),
  ...[
    ...['refused', 'no socket', 'another version', 'unknown method', 'authentication'],
    ...['anything else', 'last error'],
  ].map((line) => `5.2 ${line}`),
  ...[
    ...['status', 'avail', 'start', 'stop', 'restart', 'signal', 'pid', 'tail', 'tail -f'],
    ...['maintail', 'clear', 'add and remove', 'reread', 'update', 'no arguments', 'version'],
    ...['shutdown', 'reload', 'fg', 'unknown command', 'during shutdown'],
  ].map((line) => `5.3 ${line}`),
  ...[
    ...['status at the start', 'empty line', 'unknown words', 'words', 'help', 'end', 'exit'],
    ...['questions', 'commands', 'no supervisor', 'completion', 'interrupt', 'history'],
  ].map((line) => `5.4 ${line}`),
  '5.5 transcript',
];

/** Lines of which the supervisor notices nothing: they are tested with one. */
const OF_THE_CLIENT: ReadonlySet<string> = new Set(['5.4 interrupt', '5.4 history']);

const LABEL = String.raw`check \d+|5\.[1-5] [\w -]+?`;
const TITLE = new RegExp(`['"\`]((?:${LABEL})(?:(?:, | and )(?:${LABEL}))*)(?::|['"\`]:)`, 'g');

/** What the titles of a file begin with: 'check 1' or 'check 48, 5.3 status'. */
function labelsIn(text: string): readonly string[] {
  return [...text.matchAll(TITLE)].flatMap(([, labels = '']) => labels.split(/, | and (?=check)/));
}

interface TestFile {
  readonly labels: readonly string[];
  /** Whether its tests are repeated for supervisord and our own daemon. */
  readonly hasBoth: boolean;
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name): TestFile => {
      const text = readFileSync(join(REPOSITORY, folder, name), 'utf8');
      return { labels: labelsIn(text), hasBoth: /\b(SERVERS|SETUPS)(\)|\.map)/.test(text) };
    }),
);
const withBoth = new Set(files.flatMap(({ labels, hasBoth }) => (hasBoth ? labels : [])));
const withAny = new Set(files.flatMap(({ labels }) => labels));

describe('the specification', () => {
  it('has a test for each of the 64 checks, for both servers', () => {
    const checks = Array.from({ length: 64 }, (_, index) => `check ${index + 1}`);
    expect(checks.filter((check) => !withBoth.has(check))).toEqual([]);
    expect([...withAny].filter((label) => label.startsWith('check ')).sort()).toEqual(
      [...checks].sort(),
    );
  });

  it.for(LINES)('has a test for line %s', (line) => {
    const tested = OF_THE_CLIENT.has(line) ? withAny : withBoth;
    expect(tested).toContain(line);
  });

  it('has no line that is not in the list', () => {
    const others = [...withAny].filter((label) => label.startsWith('5.') && !LINES.includes(label));
    expect(others).toEqual([]);
  });
});
