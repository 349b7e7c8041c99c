import { describe, expect, test } from 'vitest';
import { readShell } from '../../../src/doctor/command/shell-script.ts';

describe('readShell', () => {
  test.each([
    ['exec gunicorn app', { execs: true, isCompound: false, last: 'exec gunicorn app' }],
    ['cd /srv && exec gunicorn app', { execs: true, last: 'exec gunicorn app' }],
    ['cd /srv && gunicorn app', { execs: false, isCompound: false, last: 'gunicorn app' }],
    ['A=1 exec gunicorn app', { execs: true }],
    ['gunicorn app | cat', { execs: false, isCompound: true, last: 'cat' }],
    ['gunicorn app 2>&1', { execs: false, isCompound: true }],
    ['gunicorn app &', { backgrounds: true, last: 'gunicorn app' }],
    ['if true; then gunicorn app; fi', { isCompound: true }],
    ['# exec nothing\ngunicorn app # exec', { execs: false, last: 'gunicorn app' }],
    ['gunicorn \\\n  app', { last: 'gunicorn    app' }],
    ["echo 'a; exec b'", { execs: false, last: "echo 'a; exec b'" }],
    ['', { execs: false, last: '' }],
  ])('%j', (text, expected) => {
    expect(readShell(text)).toMatchObject(expected);
  });

  test.each([
    ['cd /srv; gunicorn app; exit 1', 'gunicorn app'],
    ["trap 'kill 0' TERM", ''],
    ['start() {\n gunicorn app\n}\nstart', 'gunicorn app'],
    ['while :; do gunicorn app; done', 'gunicorn app'],
    ['gunicorn app || exec true', ''],
  ])('the last program of %j is %j', (text, program) => {
    expect(readShell(text).program).toBe(program);
  });

  test('the words of each simple command, without variables and redirections', () => {
    expect(readShell('export A=1; B=2 gunicorn "my app" > /dev/null 2>&1').commands).toEqual([
      ['export', 'A=1'],
      ['gunicorn', 'my app'],
    ]);
  });
});
