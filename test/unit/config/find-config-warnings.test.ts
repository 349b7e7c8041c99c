import { describe, expect, test } from 'vitest';
import { findConfigWarnings } from '../../../src/config/find-config-warnings.ts';
import { fakeHost, MAIN, type FakeFiles } from './fake-host.ts';

const S = '[supervisord]\n';

function warningsOf(files: string | FakeFiles): readonly string[] {
  const host = fakeHost(typeof files === 'string' ? { [MAIN]: files } : files);
  return findConfigWarnings(MAIN, host).map(({ message, position }) =>
    position === undefined ? message : `${position.file}:${position.line} ${message}`,
  );
}

test('a file without oddities', () => {
  const text = `${S}nodaemon=true
[unix_http_server]
file=/s
[inet_http_server:b]
port=1
[supervisorctl]
prompt=x
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=a:b
anything=1
[DEFAULT]
priority=1
[program:a]
command=/a
  --flag=x
environment=A="1",
  B="2"
[group:g]
programs=a
[eventlistener:e]
command=/e
events=EVENT
[fcgi-program:f]
command=/f
socket=tcp://a:1
[reloadctl:a]
settle=1
[include]
files=
[celery]
broker=x
`;
  expect(warningsOf(text)).toEqual([]);
});

describe('unknown options', () => {
  test.each([
    [
      `${S}[program:a]\ncomand=/a`,
      ":3 unknown option 'comand' in [program:a] is ignored; did you mean 'command'?",
    ],
    [
      `${S}[program:a]\nautorestrat=1`,
      ":3 unknown option 'autorestrat' in [program:a] is ignored; did you mean 'autorestart'?",
    ],
    [`${S}stdoutlogfile=x`, ":2 unknown option 'stdoutlogfile' in [supervisord] is ignored"],
    [
      `${S}[group:g]\nprogram=a`,
      ":3 unknown option 'program' in [group:g] is ignored; did you mean 'programs'?",
    ],
    [
      `${S}[unix_http_server]\nfile=/s\nchmode=1`,
      ":4 unknown option 'chmode' in [unix_http_server] is ignored; did you mean 'chmod'?",
    ],
    [
      `${S}[supervisorctl]\nserver_url=x`,
      ":3 unknown option 'server_url' in [supervisorctl] is ignored; did you mean 'serverurl'?",
    ],
    [
      `${S}[DEFAULT]\nprioritty=1`,
      ":3 unknown option 'prioritty' in [DEFAULT] is ignored; did you mean 'priority'?",
    ],
  ])('%j', (text, warning) => {
    expect(warningsOf(text)).toEqual([MAIN + warning]);
  });
});

describe('unknown sections', () => {
  test.each([
    ['[Program:a]', 'program:a'],
    ['[ program:a ]', 'program:a'],
    ['[programs:a]', 'program:a'],
    ['[program]', 'program:NAME'],
    ['[groups:x]', 'group:x'],
    ['[supervisor]', 'supervisord'],
    ['[supervisord:x]', 'supervisord'],
    ['[unix-http-server]', 'unix_http_server'],
    ['[includes]', 'include'],
    ['[event_listener:e]', 'eventlistener:e'],
    ['[realoadctl:a]', 'reloadctl:a'],
  ])('%s', (header, meant) => {
    const name = header.slice(1, -1);
    expect(warningsOf(`${S}${header}\n`)).toEqual([
      `${MAIN}:2 section [${name}] is ignored; did you mean [${meant}]?`,
    ]);
  });

  test.each(['[celery]', '[a]', '[watcher:x]'])('%s is somebody else’s', (header) => {
    expect(warningsOf(`${S}${header}\n`)).toEqual([]);
  });
});

describe('repetitions', () => {
  test('of a section', () => {
    const text = `${S}[program:a]\ncommand=/a\n[program:b]\ncommand=/b\n[program:a]\nuser=root`;
    expect(warningsOf(text)).toEqual([
      `${MAIN}:6 section [program:a] continues the one at ${MAIN}:2: their keys are merged, the last of equal ones wins`,
    ]);
  });

  test('of a key, across files', () => {
    const files = {
      [MAIN]: `${S}[program:a]\ncommand=/a\n[include]\nfiles=b.conf`,
      '/d/b.conf': '[program:a]\ncommand=/b',
    };
    expect(warningsOf(files)).toEqual([
      `/d/b.conf:1 section [program:a] continues the one at ${MAIN}:2: their keys are merged, the last of equal ones wins`,
      `/d/b.conf:2 'command' of [program:a] replaces its value at ${MAIN}:3`,
    ]);
  });
});

describe('lines that are read as something else', () => {
  const swallowed = (line: number, text: string, key: string, at: number): string =>
    `${MAIN}:${line} '${text}' is indented deeper than '${key}' in line ${at} and is read as part of its value`;

  test.each([
    [
      `${S}[program:a\ncommand=/a`,
      [
        `${MAIN}:2 section header without its closing ']': the line is read as an option of [supervisord], and so is what follows`,
        `${MAIN}:3 unknown option 'command' in [supervisord] is ignored`,
      ],
    ],
    [
      `${S}program:a]\nuser=root`,
      [
        `${MAIN}:2 section header without its opening '[': the line is read as an option of [supervisord], and so is what follows`,
      ],
    ],
    [`${S}[program:a]\ncommand=/a\n  priority=5`, [swallowed(4, 'priority=5', 'command', 3)]],
    [
      `${S}[program:a]\ncommand=/a\n\n  [program:b]\n  command = /b`,
      [swallowed(5, '[program:b]', 'command', 3), swallowed(6, 'command = /b', 'command', 3)],
    ],
  ])('%j', (text, warnings) => {
    expect(warningsOf(text)).toEqual(warnings);
  });
});

describe('names that are taken', () => {
  test('by a group', () => {
    const text = `${S}[program:a]\ncommand=/a\n[program:x]\ncommand=/x\n[group:a]\nprograms=x\npriority=1`;
    expect(warningsOf(text)).toEqual([
      `${MAIN}:2 a second group 'a' never exists: its name is taken by [program:x] at ${MAIN}:4`,
    ]);
  });

  test('by a process of the same group', () => {
    const text = `${S}[program:a]\ncommand=/a\nprocess_name=p\n[program:b]\ncommand=/b\nprocess_name=p\n[group:g]\nprograms=a,b`;
    expect(warningsOf(text)).toEqual([
      `${MAIN}:2 process 'g:p' never exists: its name is taken by [program:b] at ${MAIN}:5`,
    ]);
  });
});

test('what supervisord itself warns of is among them', () => {
  expect(warningsOf(`${S}[include]\nfiles=nope`)).toEqual([
    `${MAIN}:3 No file matches via include "/d/nope"`,
  ]);
});

test('a configuration that supervisord refuses still has its lines looked at', () => {
  const text = `${S}[program:a]\ncomand=/a`;
  expect(warningsOf(text)).toHaveLength(1);
});

test('a file that cannot be read at all is an error', () => {
  expect(() => findConfigWarnings(MAIN, fakeHost({}))).toThrow('could not find config file');
});
