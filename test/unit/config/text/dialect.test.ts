import { describe, expect, test } from 'vitest';
import { readDialect } from '../../../../src/config/text/dialect.ts';
import { configurationOf, IN_A, MAIN, messageOf, onlyProgram, programsOf } from '../fake-host.ts';

const A = '[program:a]\n';

describe('the command of [program:a] (supervisor.md 1.3)', () => {
  test.each([
    ['command=/bin/echo a\n  b\n   c', '/bin/echo a\nb\nc'],
    ['command=/bin/echo a\n\n  b', '/bin/echo a\n\nb'],
    ['command=/bin/echo a\n\n\n', '/bin/echo a'],
    ['command=/bin/echo a\n  ; x\n  b\n# y\n  c', '/bin/echo a\nb\nc'],
    ['command=/bin/echo a ;c', '/bin/echo a'],
    ['command=/bin/echo a\t;c', '/bin/echo a'],
    ['command=/bin/echo a;c', '/bin/echo a;c'],
    ['command=/bin/echo a#c', '/bin/echo a#c'],
    ['command=/bin/echo a #c', '/bin/echo a'],
    ['command=/bin/sh -c "a ; b"', '/bin/sh -c "a'],
    ['command=/bin/echo a;b ;c #d', '/bin/echo a;b ;c'],
    ['command=;x', ';x'],
    ['command= ;x', ''],
    ['command=', ''],
    ['COMMAND=/bin/a\nPriority=3', '/bin/a'],
    ['command: /bin/a x=y', '/bin/a x=y'],
    ['command = /bin/a:b=c', '/bin/a:b=c'],
    ['command=/a\ncommand=/b', '/b'],
    ['command=/a\r\n  b\r\n', '/a\nb'],
    ['command="true"', '"true"'],
    ['command=true', 'true'],
    ['command=null', 'null'],
    ["command='a b'", "'a b'"],
    ['command=a\\b\\\\c\\;d', 'a\\b\\\\c\\;d'],
    ['command=a=b ; c', 'a=b'],
    ['rem: nothing\ncommand=/a', '/a'],
  ])('%j', (body, command) => {
    expect(onlyProgram(A + body).command).toBe(command);
  });
});

test('an indented key is part of the value above it', () => {
  const program = onlyProgram(`${A}command=/bin/echo a\n  priority=5`);
  expect(program).toMatchObject({ command: '/bin/echo a\npriority=5', priority: 999 });
});

test('keys are case-insensitive', () => {
  expect(onlyProgram(`${A}COMMAND=/bin/a\nPriority=3`).priority).toBe(3);
});

test('an indented section header is part of the value above it', () => {
  const body = `${A}command=/bin/a\n  [program:b]\ncommand=/bin/b`;
  expect(onlyProgram(body)).toMatchObject({ name: 'a', command: '/bin/b' });
});

describe('merging (supervisor.md 1.2)', () => {
  test('a section that is opened twice is one section', () => {
    const body = `[program:a]\npriority=3\n[program:b]\ncommand=/b\n[program:a]\ncommand=/bin/c`;
    const programs = programsOf(configurationOf(`[supervisord]\n${body}`));
    expect(programs.find((each) => each.name === 'a')).toMatchObject({
      priority: 3,
      command: '/bin/c',
      position: { file: MAIN, line: 2 },
    });
  });

  test('[DEFAULT] stands in for missing keys', () => {
    const body =
      '[DEFAULT]\npriority=7\n[program:a]\ncommand=/a\n[program:b]\ncommand=/b\npriority=8';
    const programs = programsOf(configurationOf(`[supervisord]\n${body}`));
    expect(programs.map((each) => [each.name, each.priority])).toEqual([
      ['a', 7],
      ['b', 8],
    ]);
  });

  test('[DEFAULT] is visible as options of [rpcinterface:x]', () => {
    const body = '[DEFAULT]\npriority=7\n[rpcinterface:r]\nsupervisor.rpcinterface_factory=m:f\n';
    expect(configurationOf(`[supervisord]\n${body}`).rpcInterfaces).toEqual([
      { name: 'r', factory: 'm:f', options: { priority: '7' } },
    ]);
  });

  test('unknown keys and sections are ignored and not expanded', () => {
    const body = 'command=/a\nnope=50%\n[Program:b]\ncommand=%\n[ program:c ]\ncommand=/c';
    expect(onlyProgram(A + body).name).toBe('a');
  });
});

describe('section headers', () => {
  test.each([
    ['[program:a] ; hi', 'a'],
    ['[program:a]x=1', 'a'],
    ['[program:a]b]', 'a]b'],
    ['[program: a ]', 'a'],
    ['[program:a.b]', 'a.b'],
    ['[program:a\\.b]', 'a\\.b'],
    ['[program:__proto__]', '__proto__'],
    ['[program:]', ''],
  ])('%s is program %j', (header, name) => {
    expect(onlyProgram(`${header}\ncommand=/a`).name).toBe(name);
  });
});

describe('errors', () => {
  test.each([
    [
      '[supervisord]\n[program:a]\ncommand\n',
      `Source contains parsing errors: '${MAIN}'\n\t[line  3]: 'command\\n'`,
    ],
    [
      '[supervisord]\nx\n=1\n:y',
      `Source contains parsing errors: '${MAIN}'\n\t[line  2]: 'x\\n'\n\t[line  3]: '=1\\n'\n\t[line  4]: ':y'`,
    ],
    ['x=1\n[supervisord]', `File contains no section headers.\nfile: '${MAIN}', line: 1\n'x=1\\n'`],
    [
      '\ufeff[supervisord]\n',
      `File contains no section headers.\nfile: '${MAIN}', line: 1\n'\\ufeff[supervisord]\\n'`,
    ],
    ['', '.ini file does not include supervisord section'],
    ['[program:a]\ncommand=/a', '.ini file does not include supervisord section'],
    [
      '[supervisord]\n[program:a]\npriority=1',
      `program section program:a does not specify a command${IN_A}`,
    ],
    ['[supervisord]\n[program:a b]\ncommand=/a', "Invalid name: 'a b' because of character: ' '"],
    ['[supervisord]\n[program:a:b]\ncommand=/a', "Invalid name: 'a:b' because of character: ':'"],
    ['[supervisord]\n[group:a/b]', "Invalid name: 'a/b' because of character: '/'"],
    [
      '[supervisord]\n[program:a]\ncommand=/a\nautostart="true"',
      `not a valid boolean value: '"true"'${IN_A}`,
    ],
  ])('%j', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  test('a byte order mark is pointed out', () => {
    const read = readDialect('\ufeff[supervisord]\n', 'f');
    expect(!read.ok && read.error.hint).toMatch(/byte order mark/);
  });
});

test('statements carry the line on which they begin, and the lines that they took in', () => {
  const read = readDialect('# c\n[a]\nx = 1\n\n  2 ; c\n\ny=3\n', 'f');
  expect(read.ok && read.value).toEqual([
    { kind: 'header', section: 'a', position: { file: 'f', line: 2 } },
    {
      kind: 'option',
      section: 'a',
      key: 'x',
      value: '1\n\n2',
      position: { file: 'f', line: 3 },
      continuations: [
        { text: '', line: 4 },
        { text: '2', line: 5 },
        { text: '', line: 6 },
      ],
    },
    {
      kind: 'option',
      section: 'a',
      key: 'y',
      value: '3',
      position: { file: 'f', line: 7 },
      continuations: [],
    },
  ]);
});
