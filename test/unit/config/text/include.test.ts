import { describe, expect, test } from 'vitest';
import {
  configurationOf,
  errorOf,
  MAIN,
  messageOf,
  programsOf,
  type FakeFiles,
} from '../fake-host.ts';

const main = (files: string, rest = ''): string =>
  `[supervisord]\n${rest}\n[include]\nfiles=${files}\n`;
const program = (name: string, command: string): string =>
  `[program:${name}]\ncommand=${command}\n`;

/** The programs as name → command. */
function commandsOf(files: FakeFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(
    programsOf(configurationOf(files)).map((each) => [each.name, each.command]),
  );
}

test('files are read in their order, and later keys win (supervisor.md 1.5)', () => {
  const files = {
    [MAIN]: main('conf.d/*.conf', '[program:a]\npriority=1\ncommand=/main'),
    '/d/conf.d/b.conf': program('a', '/b'),
    '/d/conf.d/a.conf': `${program('a', '/a')}startsecs=9\n`,
    '/d/conf.d/.hidden.conf': program('h', '/h'),
    '/d/conf.d/c.ini': program('c', '/c'),
  };
  const configuration = configurationOf(files);
  expect(programsOf(configuration)).toMatchObject([
    { name: 'a', command: '/b', priority: 1, startsecs: 9, position: { file: MAIN } },
  ]);
  expect(configuration.files).toEqual([MAIN, '/d/conf.d/a.conf', '/d/conf.d/b.conf']);
});

describe('patterns', () => {
  const tree = {
    '/d/a/c.conf': program('c', '/c'),
    '/d/a/b/a.conf': program('ab', '/ab'),
    '/d/a.conf': program('a', '/a'),
    '/d/b.conf': program('b', '/b'),
    '/d/[x].conf': program('x', '/x'),
    '/other/o.conf': program('o', '/o'),
  };
  test.each([
    ['**/*.conf', ['c']],
    ['{a,b}.conf', []],
    ['[ab].conf', ['a', 'b']],
    ['[!a].conf', ['b']],
    ['[[]x].conf', ['x']],
    ['?.conf', ['a', 'b']],
    ['a.conf\n  b.conf', ['a', 'b']],
    ['/other/*.conf', ['o']],
    ['../other/o.conf', ['o']],
    ['%(here)s/a.conf', ['a']],
    ['%(ENV_WHERE)s/a.conf', ['a']],
    ['a.conf a.conf', ['a']],
    ['~/a.conf', []],
    ['a', []],
    ['', []],
  ])('%j', (pattern, names) => {
    const configuration = configurationOf(
      { [MAIN]: main(pattern), ...tree },
      { environment: { WHERE: '/d' } },
    );
    expect(programsOf(configuration).map((each) => each.name)).toEqual(names);
  });
});

test('no match is a warning', () => {
  expect(configurationOf({ [MAIN]: main('nope/*.conf') }).warnings).toEqual([
    { message: 'No file matches via include "/d/nope/*.conf"', position: { file: MAIN, line: 4 } },
  ]);
});

test('a file that cannot be read is passed over with a warning', () => {
  const files = {
    [MAIN]: main('*.ini'),
    '/d/a.ini': '<unreadable>',
    '/d/b.ini': program('b', '/b'),
  };
  const configuration = configurationOf(files);
  expect(programsOf(configuration)).toHaveLength(1);
  expect(configuration.warnings).toEqual([
    {
      message: 'included file /d/a.ini cannot be read: EACCES: permission denied',
      position: { file: MAIN, line: 4 },
    },
  ]);
});

test('a directory that matches is passed over', () => {
  const configuration = configurationOf({ [MAIN]: main('conf*'), '/d/conf.d/x': '' });
  expect(configuration).toMatchObject({ groups: [], warnings: [] });
});

test('[include] of an included file does nothing', () => {
  const files = {
    [MAIN]: main('a.conf'),
    '/d/a.conf': `[include]\nfiles=b.conf\n${program('a', '/a')}`,
    '/d/b.conf': program('b', '/b'),
  };
  expect(commandsOf(files)).toEqual({ a: '/a' });
});

test('an included file may hold [supervisord]', () => {
  const files = { [MAIN]: '[include]\nfiles=a.conf', '/d/a.conf': '[supervisord]\nidentifier=inc' };
  expect(configurationOf(files).supervisord.identifier).toBe('inc');
});

describe('with an [include], %(here)s is replaced in the text', () => {
  const files = {
    [MAIN]: main('sub/*.conf', `[DEFAULT]\nserverurl=%(here)s/x\n${program('m', '%(here)s/m')}`),
    '/d/sub/a.conf': program('a', '%(here)s/a %(here)5s'),
  };

  test('by the directory of the file in which it stands', () => {
    expect(commandsOf(files)).toEqual({ m: '/d/m', a: '/d/sub/a    /d' });
  });

  test('and in values of [DEFAULT] by that of the section’s file', () => {
    const programs = programsOf(configurationOf(files));
    expect(programs.map((each) => [each.name, each.serverurl])).toEqual([
      ['a', '/d/sub/x'],
      ['m', '/d/x'],
    ]);
  });
});

describe('errors', () => {
  test('no files', () => {
    expect(errorOf('[supervisord]\n[include]\n')).toMatchObject({
      message: '.ini file has [include] section, but no files setting',
      position: { file: MAIN, line: 2 },
    });
  });

  test('in an included file', () => {
    const files = { [MAIN]: main('a.conf'), '/d/a.conf': '[program:a]\nnonsense\n' };
    expect(errorOf(files)).toMatchObject({
      message: "Source contains parsing errors: '/d/a.conf'\n\t[line  2]: 'nonsense\\n'",
      position: { file: '/d/a.conf', line: 2 },
    });
  });

  test('name the included file in which a section first stands', () => {
    const files = { [MAIN]: main('a.conf'), '/d/a.conf': '[program:a]\n' };
    expect(messageOf(files)).toBe(
      "program section program:a does not specify a command in section 'program:a' (file: '/d/a.conf')",
    );
  });
});
