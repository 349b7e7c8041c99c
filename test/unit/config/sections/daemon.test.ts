import { describe, expect, test } from 'vitest';
import { configurationOf, errorOf, MAIN, messageOf } from '../fake-host.ts';

const S = '[supervisord]\n';

describe('[supervisord] (supervisor.md 2.5)', () => {
  const of = (lines: string, environment = {}) =>
    configurationOf(S + lines, { environment }).supervisord;

  test('the defaults', () => {
    expect(of('')).toEqual({
      logfile: '/cwd/supervisord.log',
      logfileMaxBytes: 52428800,
      logfileBackups: 10,
      loglevel: 'info',
      pidfile: '/cwd/supervisord.pid',
      umask: 0o22,
      directory: undefined,
      nodaemon: false,
      silent: false,
      minfds: 1024,
      minprocs: 200,
      user: undefined,
      identifier: 'supervisor',
      nocleanup: false,
      childlogdir: '/tmp',
      stripAnsi: false,
      environment: {},
    });
  });

  test.each([
    ['logfile=syslog', { logfile: 'syslog' }],
    ['logfile=none', { logfile: '/cwd/none' }],
    ['logfile=/tmp/../tmp/x.log', { logfile: '/tmp/x.log' }],
    ['loglevel=DEBUG', { loglevel: 'debug' }],
    ['umask=077', { umask: 0o77 }],
    ['directory=/tmp', { directory: '/tmp' }],
    ['user=1000', { user: { name: 'alice', uid: 1000, gid: 1001 } }],
    ['nodaemon=true\nsilent=yes', { nodaemon: true, silent: true }],
    ['minfds=1\nminprocs=2', { minfds: 1, minprocs: 2 }],
    ['identifier=my box', { identifier: 'my box' }],
    ['childlogdir=%(here)s', { childlogdir: '/d' }],
    ['strip_ansi=on\nnocleanup=on', { stripAnsi: true, nocleanup: true }],
    ['environment=A="1"', { environment: { A: '1' } }],
  ])('%j', (lines, values) => {
    expect(of(lines)).toMatchObject(values);
  });

  test('AUTO logs go to the directory for temporary files', () => {
    expect(of('', { TMPDIR: '/d/' }).childlogdir).toBe('/d');
    expect(of('', { TMPDIR: '/nope', TMP: '/d' }).childlogdir).toBe('/d');
  });

  test.each([
    ['directory=/nope', '/nope is not an existing directory'],
    ['childlogdir=/nope', '/nope is not an existing directory'],
    ['logfile=/nope/x', 'The directory named as part of the path /nope/x does not exist'],
    ['loglevel=warning', "bad logging level name 'warning'"],
    ['loglevel=10', "bad logging level name '10'"],
    ['minfds=many', "invalid literal for int() with base 10: 'many'"],
    ['user=nosuch', 'Invalid user name nosuch'],
    ['environment=A', "Unexpected end of key/value pairs in value 'A'"],
  ])('%j is an error', (lines, message) => {
    expect(messageOf(S + lines)).toBe(message);
  });

  test('the user is looked up last', () => {
    expect(messageOf(`${S}user=nosuch\n[program:a]\n`)).toContain('does not specify a command');
  });
});

describe('[unix_http_server] (supervisor.md 2.6)', () => {
  const unix = (lines: string, section = 'unix_http_server'): string =>
    `${S}[${section}]\n${lines}`;

  test.each([
    ['file=/run/../tmp/s.sock', { file: '/tmp/s.sock', chmod: 0o700, owner: undefined }],
    ['file=~/s.sock', { file: '/home/me/s.sock' }],
    ['file=s.sock', { file: '/cwd/s.sock' }],
    ['file=%(here)s/s', { file: '/d/s' }],
    ['file=/s\nchmod=0770\nchown=alice:staff', { chmod: 0o770, owner: { uid: 1000, gid: 50 } }],
    ['file=/s\nchown=alice', { owner: { uid: 1000, gid: undefined } }],
    ['file=/s\nusername=u\npassword={SHA}abc', { username: 'u', password: '{SHA}abc' }],
  ])('%j', (lines, values) => {
    const host = { environment: { HOME: '/home/me' } };
    expect(configurationOf(unix(lines), host).httpServers).toMatchObject([
      { kind: 'unix', section: 'unix_http_server', ...values },
    ]);
  });

  test.each([
    ['', 'section [unix_http_server] has no file value'],
    ['file=/s\nchmod=8', 'Invalid chmod value 8'],
    ['file=/s\nchown=nosuch', 'Invalid sockchown value nosuch'],
    [
      'file=/s\nusername=u',
      'Section [unix_http_server] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified',
    ],
  ])('%j is an error', (lines, message) => {
    expect(messageOf(unix(lines))).toBe(message);
  });

  test('any section that starts with the name is one', () => {
    const text = `${unix('file=/s', 'unix_http_server_2')}\n[inet_http_server:b]\nport=2\n[inet_http_server]\nport=1`;
    expect(configurationOf(text).httpServers.map((each) => each.section)).toEqual([
      'inet_http_server:b',
      'inet_http_server',
      'unix_http_server_2',
    ]);
  });
});

describe('[inet_http_server] (supervisor.md 2.7)', () => {
  const inet = (lines: string): string => `${S}[inet_http_server]\n${lines}`;

  test.each([
    ['port=9001', { host: '', port: 9001 }],
    ['port=*:9001', { host: '', port: 9001 }],
    ['port=LOCALHOST:9001\nusername=u\npassword=p', { host: 'localhost', username: 'u' }],
  ])('%j', (lines, values) => {
    expect(configurationOf(inet(lines)).httpServers).toMatchObject([{ kind: 'inet', ...values }]);
  });

  test.each([
    ['', 'section [inet_http_server] has no port value'],
    ['port=abc', "not a valid port number: 'abc' "],
    ['port=h:', "no port number specified in ''"],
    [
      'port=1\npassword=p',
      'Section [inet_http_server] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified',
    ],
  ])('%j is an error', (lines, message) => {
    expect(messageOf(inet(lines))).toBe(message);
  });
});

describe('[rpcinterface:x] (supervisor.md 2.8)', () => {
  test('its other keys are options', () => {
    const text = `${S}[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\nx=%(ENV_X)s`;
    expect(configurationOf(text, { environment: { X: '1' } }).rpcInterfaces).toEqual([
      {
        name: 'supervisor',
        factory: 'supervisor.rpcinterface:make_main_rpcinterface',
        options: { x: '1' },
      },
    ]);
  });

  test('the factory is required', () => {
    expect(errorOf(`${S}[rpcinterface:x]`)).toEqual({
      code: 'config-invalid',
      message: 'section [rpcinterface:x] does not specify a supervisor.rpcinterface_factory',
      position: { file: MAIN, line: 2 },
    });
  });
});

describe('[supervisorctl] beside the rest', () => {
  test('as written', () => {
    const text = `${S}[supervisorctl]\nserverurl=unix://s.sock\nprompt=me`;
    expect(configurationOf(text).supervisorctl).toEqual({
      serverurl: 'unix:///cwd/s.sock',
      username: undefined,
      password: undefined,
      prompt: 'me',
      historyFile: undefined,
    });
  });

  test.each([S, `${S}[supervisorctl]\nserverurl=%(ENV_NOPE)s`])(
    'what is missing or wrong in it does not hinder the supervisor',
    (text) => {
      expect(configurationOf(text).supervisorctl).toBeUndefined();
    },
  );

  test('an included one is not supervisorctl’s', () => {
    const files = {
      [MAIN]: `${S}[include]\nfiles=a.conf`,
      '/d/a.conf': '[supervisorctl]\nserverurl=http://x:1',
    };
    expect(configurationOf(files).supervisorctl).toBeUndefined();
  });
});
