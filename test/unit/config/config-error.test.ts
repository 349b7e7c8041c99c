import { describe, expect, test } from 'vitest';
import { invalid, toReloadctlError } from '../../../src/config/config-error.ts';
import { errorOf, MAIN } from './fake-host.ts';

describe('the place of an error', () => {
  const A = '[supervisord]\n[program:a]\ncommand=/a\n';
  test.each([
    ['a value', `${A}autostart=t`, 4],
    ['a continued value, at its first line', `${A}environment=A="1",\n  B`, 4],
    ['a value that is set twice, at the last', `${A}startsecs=x\nstartsecs=y`, 5],
    ['a value of [DEFAULT]', `[DEFAULT]\nstartsecs=x\n${A}`, 2],
    ['a missing key, at the section', '[supervisord]\n\n[program:a]\npriority=1', 3],
    ['two keys that do not go together', `${A}killasgroup=no\nstopasgroup=yes`, 4],
    ['a name', `${A}process_name=a b`, 4],
    ['an expansion', `${A}directory=%(nope)s`, 4],
    ['a group', `${A}[group:g]\npriority=1\nprograms=zz`, 6],
    ['a log', `${A}stdout_logfile=/nope/x`, 4],
    ['the user', '[supervisord]\nminfds=1\nuser=nosuch', 3],
  ])('%s', (_, text, line) => {
    expect(errorOf(text).position).toEqual({ file: MAIN, line });
  });

  test('nowhere', () => {
    expect(errorOf('[program:a]').position).toBeUndefined();
  });
});

test('at the edge an error is one line with its place, and keeps the original', () => {
  const error = invalid('first\n\tsecond \n', { file: 's.conf', line: 3 });
  expect(toReloadctlError(error)).toMatchObject({
    message: 'first second (s.conf:3)',
    code: 'config-invalid',
    exitCode: 2,
    hint: undefined,
    cause: error,
  });
});

test('a hint stays apart from the fault', () => {
  const error = { ...invalid('x', undefined), hint: 'Do y.' };
  expect(toReloadctlError(error)).toMatchObject({ message: 'x', hint: 'Do y.' });
});
