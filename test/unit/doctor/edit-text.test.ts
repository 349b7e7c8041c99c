import { describe, expect, test } from 'vitest';
import { editText } from '../../../src/doctor/fix/edit-text.ts';
import type { Change } from '../../../src/doctor/finding.ts';

const set = (line: number, key: string, value: string, replaces: boolean): Change => ({
  change: 'set',
  section: 'program:web',
  key,
  value,
  position: { file: 'x.conf', line },
  replaces,
});

describe('editText', () => {
  test.each<[string, string, Change[], string]>([
    [
      'a new key',
      '[program:web]\ncommand=x\n',
      [set(1, 'stopwaitsecs', '35', false)],
      '[program:web]\nstopwaitsecs=35\ncommand=x\n',
    ],
    [
      'a key that stands there',
      '[a]\nstopwaitsecs = 10 ; why\n',
      [set(2, 'stopwaitsecs', '35', true)],
      '[a]\nstopwaitsecs = 35 ; why\n',
    ],
    [
      'a value of several lines',
      '[a]\ncommand=x\n  y\n  ; about z\n  z\nuser=b\n',
      [set(2, 'command', 'q', true)],
      '[a]\ncommand=q\n  ; about z\nuser=b\n',
    ],
    [
      'a word',
      '[a]\nstopwaitsec=3\n',
      [
        {
          change: 'reword',
          from: 'stopwaitsec',
          to: 'stopwaitsecs',
          position: { file: 'x.conf', line: 2 },
        },
      ],
      '[a]\nstopwaitsecs=3\n',
    ],
    [
      'one key twice',
      '[a]\nstopsignal=INT\n',
      [set(2, 'stopsignal', 'TERM', true), set(2, 'stopsignal', 'QUIT', true)],
      '[a]\nstopsignal=TERM\n',
    ],
    [
      'two new keys',
      '[a]\n',
      [set(1, 'user', 'b', false), set(1, 'umask', '022', false)],
      '[a]\nuser=b\numask=022\n',
    ],
    ['a line that is not there', '[a]\n', [set(9, 'user', 'b', false)], '[a]\n'],
  ])('%s', (_name, before, changes, after) => {
    expect(editText(before, changes)).toBe(after);
  });
});
