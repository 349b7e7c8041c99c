import { expect, test } from 'vitest';
import { setKeys } from '../../../rig/site/ini-edit.ts';

const TEXT = `; 进程 / processes
[program:a]
command=/bin/a   ; first
;user=www-data
priority = 5
[program:b]
command=/bin/b
`;

test.for([
  {
    name: 'replaces a value',
    changes: { command: '/bin/c' },
    has: 'command=/bin/c',
    lost: '/bin/a',
  },
  { name: 'replaces one with spaces', changes: { priority: 7 }, has: 'priority=7', lost: '= 5' },
  { name: 'adds a key', changes: { user: 'nobody' }, has: 'user=nobody', lost: undefined },
  { name: 'removes a key', changes: { priority: undefined }, has: '[program:b]', lost: 'priority' },
])('$name', ({ changes, has, lost }) => {
  const text = setKeys(TEXT, 'program:a', changes);
  expect(text).toContain(has);
  if (lost !== undefined) expect(text).not.toContain(lost);
  expect(text).toContain(';user=www-data\n');
  expect(text.slice(text.indexOf('[program:b]'))).toBe('[program:b]\ncommand=/bin/b\n');
});

test('a section that is not there is an error', () => {
  expect(() => setKeys(TEXT, 'program:c', {})).toThrow('no section [program:c] to change');
});
