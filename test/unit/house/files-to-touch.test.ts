import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { parsedFiles, walk } from './support/parsed-files.ts';

/** What can be added, some that there are, and in how many files of src each may be named. */
const MEMBERS: ReadonlyArray<{
  readonly what: string;
  readonly atMost: number;
  readonly named: readonly string[];
}> = [
  {
    what: 'a server type',
    atMost: 2,
    named: ['dramatiq', 'granian', 'hypercorn', 'traefik'],
  },
  { what: 'a setting', atMost: 2, named: ['health_url'] },
  { what: 'a command', atMost: 2, named: ['completion', 'maintail', 'man'] },
  { what: 'a condition', atMost: 4, named: ['code-read-anew', 'took-over', 'workers-idle'] },
  { what: 'a refusal', atMost: 3, named: ['no-log-files', 'no-worker-left', 'upgrade-escapes'] },
];

/** The identifiers and strings of each file: comments and words inside of a text do not count. */
const wordsByFile = parsedFiles.map(({ path, tree }) => {
  const words = new Set<string>();
  walk(tree, (node) => {
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) words.add(node.text);
  });
  return { path, words };
});

describe.each(MEMBERS)('$what is said in at most $atMost files', ({ named, atMost }) => {
  test.each(named)('%s', (name) => {
    const files = wordsByFile.filter(({ words }) => words.has(name)).map(({ path }) => path);
    expect(files).not.toEqual([]);
    expect(files.length, files.join(', ')).toBeLessThanOrEqual(atMost);
  });
});
