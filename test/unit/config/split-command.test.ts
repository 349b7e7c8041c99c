import { expect, test } from 'vitest';
import { splitCommand } from '../../../src/config/split-command.ts';

test.each([
  ['gunicorn -w 4 app:app', ['gunicorn', '-w', '4', 'app:app']],
  ['a\n b\t\tc\r\n', ['a', 'b', 'c']],
  [`sh -c "echo 'hi there'; exec x"`, ['sh', '-c', "echo 'hi there'; exec x"]],
  [`a'b c'"d e"f`, ['ab cd ef']],
  ['a\\ b', ['a b']],
  ['"a\\"b\\\\c\\d"', ['a"b\\c\\d']],
  [`'a\\b'`, ['a\\b']],
  ['""', ['']],
  ["a '' b", ['a', '', 'b']],
  ['a #b # c', ['a', '#b', '#', 'c']],
  ['a;b|c&&d>e', ['a;b|c&&d>e']],
  ['a\\\nb', ['a\nb']],
  ['é 😀', ['é', '😀']],
  ['', []],
  ['  \n ', []],
])('%j', (command, words) => {
  expect(splitCommand(command)).toEqual({ ok: true, value: words });
});

test.each([
  ['sh -c "a', 'No closing quotation'],
  ["it's", 'No closing quotation'],
  ['a \\', 'No escaped character'],
  ['"a\\', 'No escaped character'],
])('%j is an error', (command, error) => {
  expect(splitCommand(command)).toEqual({ ok: false, error });
});
