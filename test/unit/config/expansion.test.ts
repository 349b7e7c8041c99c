import { describe, expect, test } from 'vitest';
import { expand } from '../../../src/config/expansion.ts';
import { configurationOf, IN_A, messageOf, onlyProgram, programsOf } from './fake-host.ts';

const A = '[supervisord]\n[program:a]\ncommand=/a\n';
const NAMES = 'group_name, here, host_node_name, numprocs, process_num, program_name';
const FOO = { environment: { FOO: 'bar', PERCENT: '50%' } };

describe('the command of [program:a] (supervisor.md 1.4)', () => {
  test.each([
    [
      '/bin/a %(program_name)s %(group_name)s %(process_num)02d %(numprocs)d %%',
      '/bin/a a a 00 1 %',
    ],
    ['%(here)s/x', '/d/x'],
    ['%(host_node_name)s', 'box'],
    ['%(ENV_FOO)s', 'bar'],
    ['x %(ENV_PERCENT)s y', 'x 50% y'],
    ['%(process_num)s', '0'],
    ['%(program_name)5s|%(program_name)-3s|', '    a|a  |'],
  ])('%s', (command, expanded) => {
    expect(onlyProgram(`[program:a]\ncommand=${command}`, FOO).command).toBe(expanded);
  });

  test('group_name is the group where there is one', () => {
    const body = '[group:g]\nprograms=a\n[program:a]\ncommand=%(group_name)s';
    expect(onlyProgram(body).command).toBe('g');
  });
});

describe('errors of the command', () => {
  const bad = (command: string): string =>
    messageOf(`[supervisord]\n[program:a]\ncommand=${command}`);
  const prefix = (command: string): string => `Format string '${command}' for 'program:a.command'`;

  test('an unknown name, with those that there are', () => {
    const command = '/bin/a %(ENV_NOPE)s';
    expect(bad(command)).toBe(
      `${prefix(command)} contains names ('ENV_NOPE') which cannot be expanded. Available names: ${NAMES}${IN_A}`,
    );
  });

  test('the names hold the environment and are in order of code points', () => {
    const message = messageOf('[supervisord]\n[program:a]\ncommand=%(nope)s', {
      environment: { b: '1', A: '2' },
    });
    expect(message).toContain(`Available names: ENV_A, ENV_b, ${NAMES}`);
  });

  test.each([
    ['/bin/date +%Y', "unsupported format character 'Y' (0x59) at index 12"],
    ['/bin/a 50%', 'incomplete format'],
    ['%(here)d', '%d format: a real number is required, not str'],
    ['%(here)x', '%x format: an integer is required, not str'],
    ['%(here', 'incomplete format key'],
    ['%d', '%d format: a real number is required, not dict'],
    ['%s', '%s needs a name in parentheses, as in %(here)s; write %% for one %'],
    ['%(here)s %s', 'not enough arguments for format string'],
    ['%(here)*s', '* wants int'],
  ])('%s', (command, reason) => {
    expect(bad(command)).toBe(`${prefix(command)} is badly formatted: ${reason}${IN_A}`);
  });
});

describe('where process_num is not a name', () => {
  test.each(['priority', 'startsecs', 'user', 'autostart', 'umask', 'numprocs', 'stopsignal'])(
    '%s',
    (key) => {
      const message = messageOf(`${A}${key}=%(process_num)d`);
      expect(message).toMatch(
        new RegExp(
          `^Format string '%\\(process_num\\)d' for 'program:a\\.${key}' contains names \\('process_num'\\) which cannot be expanded`,
        ),
      );
    },
  );

  test('priority of an ungrouped program is read first, with `here` alone', () => {
    expect(messageOf(`${A}priority=%(program_name)s`)).toBe(
      "Format string '%(program_name)s' for 'program:a.priority' contains names ('program_name') which cannot be expanded. Available names: here",
    );
  });
});

describe('several processes', () => {
  const several = `[program:a]\ncommand=/a\nnumprocs=2\nnumprocs_start=3\ndirectory=/tmp/%(process_num)d\n`;

  test('process numbers begin at numprocs_start', () => {
    const text = `[supervisord]\n${several}process_name=%(program_name)s_%(process_num)02d`;
    const programs = programsOf(configurationOf(text));
    expect(
      programs.map(({ name, directory, processNum }) => [name, directory, processNum]),
    ).toEqual([
      ['a_03', '/tmp/3', 3],
      ['a_04', '/tmp/4', 4],
    ]);
  });

  test('their names sort as text', () => {
    const text = `${A}numprocs=11\nprocess_name=p%(process_num)d`;
    expect(
      programsOf(configurationOf(text))
        .map((each) => each.name)
        .slice(0, 4),
    ).toEqual(['p0', 'p1', 'p10', 'p2']);
  });

  test('process_name has to tell them apart', () => {
    expect(messageOf(`[supervisord]\n${several}`)).toBe(
      `%(process_num) must be present within process_name when numprocs > 1${IN_A}`,
    );
  });

  test.each([0, -2])('numprocs=%d is a group without processes', (numprocs) => {
    const { groups } = configurationOf(`${A}numprocs=${numprocs}`);
    expect(groups).toMatchObject([{ name: 'a', programs: [] }]);
  });

  test('without processes not even a command is needed', () => {
    expect(configurationOf('[supervisord]\n[program:a]\nnumprocs=0').groups).toHaveLength(1);
  });

  test('a process sees the ENV_ names of its own environment, and those of the ones before it', () => {
    const text = `${A}numprocs=2\nprocess_name=%(process_num)d\nenvironment=N%(process_num)d="x%(process_num)d"\ndirectory=/%(ENV_N0)s`;
    expect(programsOf(configurationOf(text)).map((each) => each.directory)).toEqual(['/x0', '/x0']);
  });

  test('environment= sees the environment of the supervisor, which wins over that of an earlier process', () => {
    const lines =
      'numprocs=2\nprocess_name=%(process_num)d\nenvironment=FOO="%(ENV_FOO)s%(process_num)d"';
    const programs = programsOf(configurationOf(A + lines, FOO));
    expect(programs.map((each) => each.environment)).toEqual([{ FOO: 'bar0' }, { FOO: 'bar1' }]);
  });

  test('but not its own names inside environment= itself', () => {
    expect(messageOf(`${A}environment=B=1,C="%(ENV_B)s"`)).toBe(
      `Format string 'B=1,C="%(ENV_B)s"' for 'environment' contains names ('ENV_B') which cannot be expanded. Available names: ${NAMES}${IN_A}`,
    );
  });
});

test('an unknown name in process_name is reported without its section', () => {
  expect(messageOf(`${A}process_name=%(foo)s`)).toBe(
    `Format string '%(foo)s' for 'process_name' contains names ('foo') which cannot be expanded. Available names: ${NAMES}${IN_A}`,
  );
});

test('logs are expanded twice', () => {
  const program = onlyProgram(
    '[program:a]\ncommand=/a\nstdout_logfile=/tmp/%%(program_name)s.%%%%\nstderr_logfile=/tmp/e',
  );
  expect(program.stdout.target).toEqual({ kind: 'file', path: '/tmp/a.%' });
  expect(messageOf(`${A}stdout_logfile=/tmp/50%%`)).toBe(
    `Format string '/tmp/50%' for 'stdout_logfile' is badly formatted: incomplete format${IN_A}`,
  );
});

describe('other sections', () => {
  const S = '[supervisord]\n';
  const auth = (password: string): string =>
    `${S}[inet_http_server]\nport=9001\nusername=u\npassword=${password}`;

  test('a password', () => {
    expect(configurationOf(auth('a%%b')).httpServers).toMatchObject([{ password: 'a%b' }]);
    expect(messageOf(auth('a%b'))).toBe(
      "Format string 'a%b' for 'inet_http_server.password' is badly formatted: unsupported format character 'b' (0x62) at index 2",
    );
  });

  test.each([
    [`${S}[inet_http_server]\nport=%(here)s`, "'inet_http_server.port'", ''],
    [`${S}[unix_http_server]\nfile=%(host_node_name)s`, "'unix_http_server.file'", 'here'],
    [`${S}identifier=%(host_node_name)s`, "'supervisord.identifier'", 'here'],
    [`${S}[group:g]\nprograms=%(group_name)s`, "'group:g.programs'", 'here'],
    [
      `${S}[fcgi-program:f]\ncommand=/a\nsocket=%(group_name)s`,
      "'fcgi-program:f.socket'",
      'here, program_name',
    ],
    [`${S}[eventlistener:e]\ncommand=/a\nevents=%(x)s`, "'eventlistener:e.events'", 'here'],
    [`${S}[include]\nfiles=%(x)s`, "'include.files'", 'here, host_node_name'],
  ])('%j knows only its own names', (text, label, names) => {
    const message = messageOf(text);
    expect(message).toContain(`for ${label} contains names`);
    expect(message.endsWith(`Available names: ${names}`)).toBe(true);
  });

  test('unix_http_server file, fcgi socket', () => {
    const text = `${S}[unix_http_server]\nfile=%(here)s/s.sock\n[fcgi-program:f]\ncommand=/a\nsocket=unix://%(here)s/%(program_name)s`;
    const { httpServers, groups } = configurationOf(text);
    expect(httpServers).toMatchObject([{ file: '/d/s.sock' }]);
    expect(groups).toMatchObject([{ fcgi: { socket: 'unix:///d/f' } }]);
  });
});

describe('environment= of [supervisord]', () => {
  const text = '[supervisord]\nenvironment=FOO="x"\n[program:a]\ncommand=/a %(ENV_FOO)s';

  test('gives ENV_ names to every section', () => {
    expect(programsOf(configurationOf(text, FOO)).map((each) => each.command)).toEqual(['/a x']);
  });

  test.each([
    [
      '4.2',
      "Format string 'A=\"50%\"' for 'environment' is badly formatted: unsupported format character '\"' (0x22) at index 6",
    ],
    ['head', undefined],
  ] as const)('%s expands it once or twice', (dialect, message) => {
    const doubled = '[supervisord]\nenvironment=A="50%%"';
    if (message === undefined) {
      expect(configurationOf(doubled, { dialect }).supervisord.environment).toEqual({ A: '50%' });
    } else {
      expect(messageOf(doubled, { dialect })).toBe(message);
    }
  });

  test('host_node_name is a name of the second expansion alone', () => {
    const named = '[supervisord]\nenvironment=A="%(host_node_name)s"';
    expect(configurationOf(named, { dialect: 'head' }).supervisord.environment).toEqual({
      A: 'box',
    });
    expect(messageOf(named, { dialect: '4.2' })).toContain(
      "for 'supervisord.environment' contains names",
    );
  });
});

test('expand leaves a text without % alone', () => {
  expect(expand('plain', new Map(), 'x')).toEqual({ ok: true, value: 'plain' });
});
