import { describe, expect, test } from 'vitest';
import { exitStatusOf } from '../../../../src/daemon/process/exit-status.ts';
import { checkType, nameOf } from '../../../../src/commands/run/run-flags.ts';

describe('nameOf', () => {
  test.each([
    [{ name: 'shop' }, '/usr/bin/gunicorn', { SUPERVISOR_PROCESS_NAME: 'web' }, 'shop'],
    [{}, '/usr/bin/gunicorn', { SUPERVISOR_PROCESS_NAME: 'web' }, 'web'],
    [{}, '/usr/bin/gunicorn', { SUPERVISOR_PROCESS_NAME: 'a:b' }, 'gunicorn'],
    [{}, './my server', {}, 'my_server'],
    [{}, '/', {}, 'program'],
  ])('%j %s %j: %s', (flags, command, environment, name) => {
    expect(nameOf(flags, command, environment)).toBe(name);
  });

  test.each(['', 'a b', 'a:b', 'x'.repeat(65), 'a\nb'])('refuses --name %j', (name) => {
    expect(() => nameOf({ name }, 'x', {})).toThrow(/^--name .*: not a name for a program$/s);
  });
});

test('checkType refuses what is no type, and names those that are', () => {
  expect(() => {
    checkType({ type: 'gunicron' });
  }).toThrow(
    expect.objectContaining({ message: '--type gunicron: there is no such type of server' }),
  );
  for (const type of [undefined, 'gunicorn', 'nginx', 'custom']) {
    expect(() => {
      checkType(type === undefined ? {} : { type });
    }).not.toThrow();
  }
});

describe('exitStatusOf', () => {
  test.each([
    [{ kind: 'code', code: 0 }, 0],
    [{ kind: 'code', code: 255 }, 255],
    [{ kind: 'signal', signal: 'SIGTERM' }, 143],
    [{ kind: 'signal', signal: 'SIGKILL' }, 137],
    [{ kind: 'unknown' }, 1],
  ] as const)('%j: %i', (exit, status) => {
    expect(exitStatusOf(exit)).toBe(status);
  });
});
