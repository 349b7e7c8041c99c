import { expect, test } from 'vitest';
import { splitLine } from '../../../../src/commands/completion/split-line.ts';

test.each<[string, boolean, readonly string[], string, boolean]>([
  ['', false, [], '', false],
  ['start', false, [], 'start', false],
  ['start ', false, ['start'], '', false],
  ['  start  web:* ', false, ['start', 'web:*'], '', false],
  ["start 'a b' c", false, ['start', 'a b'], 'c', false],
  ['start "a b', false, ['start'], 'a b', true],
  ["start ''", false, ['start'], '', false],
  ['start web:\\*', false, ['start'], 'web:\\*', false],
  ['start web:\\*', true, ['start'], 'web:*', false],
  ['start a\\ b', true, ['start'], 'a b', false],
  ["start 'a\\b", true, ['start'], 'a\\b', true],
  ["pidfile:/a'b c'd", false, [], 'pidfile:/ab cd', false],
])('%s (backslash: %s)', (line, backslash, words, current, isQuoted) => {
  expect(splitLine(line, { backslash })).toEqual({ words, current, isQuoted });
});
