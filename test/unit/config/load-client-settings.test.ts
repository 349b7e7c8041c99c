import { describe, expect, test } from 'vitest';
import {
  loadClientSettings,
  readClientSettings,
} from '../../../src/config/load-client-settings.ts';
import type { ClientSettings } from '../../../src/config/program.ts';
import { ReloadctlError } from '../../../src/base/errors.ts';
import { fakeHost, MAIN, type FakeFiles } from './fake-host.ts';

function clientOf(files: string | FakeFiles, environment = {}): ClientSettings {
  const host = fakeHost(typeof files === 'string' ? { [MAIN]: files } : files, { environment });
  const read = readClientSettings(MAIN, host);
  if (!read.ok) throw new Error(`unexpected: ${read.error.message}`);
  return read.value;
}

const UNIX = '[unix_http_server]\nfile=/run/s.sock\n';
const UNIX_AUTH = `${UNIX}username=u\npassword=p\n`;
const INET = '[inet_http_server]\nport=127.0.0.1:9001\nusername=iu\npassword=ip\n';

test('an empty file means supervisorctl’s defaults', () => {
  expect(clientOf('')).toEqual({
    serverurl: 'http://localhost:9001',
    username: undefined,
    password: undefined,
    prompt: 'supervisor',
    historyFile: undefined,
  });
});

describe('[supervisorctl] (supervisor.md 2.9)', () => {
  test.each([
    ['serverurl=http://x:1', { serverurl: 'http://x:1' }],
    ['serverurl=unix://s.sock', { serverurl: 'unix:///cwd/s.sock' }],
    ['serverurl=unix://~/s.sock', { serverurl: 'unix:///home/me/s.sock' }],
    ['serverurl=unix://%(here)s/s', { serverurl: 'unix:///d/s' }],
    ['serverurl=unix://%(ENV_HOME)s/s', { serverurl: 'unix:///home/me/s' }],
    ['history_file=%(here)s/h', { historyFile: '/d/h' }],
    ['history_file=~/.h', { historyFile: '/home/me/.h' }],
    ['history_file=', { historyFile: undefined }],
    ['username=u\npassword=a%%b\nprompt=me', { username: 'u', password: 'a%b', prompt: 'me' }],
  ])('%j', (lines, values) => {
    expect(clientOf(`[supervisorctl]\n${lines}`, { HOME: '/home/me' })).toMatchObject(values);
  });

  test.each([
    ['serverurl=%(host_node_name)s', "'supervisorctl.serverurl'", 'ENV_X, here'],
    ['prompt=%(here)s', "'supervisorctl.prompt'", 'ENV_X'],
    ['username=%(here)s', "'supervisorctl.username'", 'ENV_X'],
  ])('%j knows only its own names', (line, label, names) => {
    const host = fakeHost({ [MAIN]: `[supervisorctl]\n${line}` }, { environment: { X: '1' } });
    const read = readClientSettings(MAIN, host);
    const message = read.ok ? '' : read.error.message;
    expect(message).toContain(`for ${label} contains names`);
    expect(message.endsWith(`Available names: ${names}`)).toBe(true);
  });

  test('an included one is not read', () => {
    const files = {
      [MAIN]: '[include]\nfiles=a.conf',
      '/d/a.conf': '[supervisorctl]\nserverurl=http://x:1',
    };
    expect(clientOf(files).serverurl).toBe('http://localhost:9001');
  });
});

describe('without a serverurl the server’s own sections say where it is', () => {
  test.each([
    ['a unix socket', UNIX_AUTH, 'unix:///run/s.sock', 'u', 'p'],
    ['a unix socket before a port', INET + UNIX, 'unix:///run/s.sock', undefined, undefined],
    ['a port', INET, 'http://127.0.0.1:9001', 'iu', 'ip'],
    [
      'every interface',
      '[inet_http_server]\nport=*:9002',
      'http://localhost:9002',
      undefined,
      undefined,
    ],
    [
      'the last port',
      `${INET}[inet_http_server:b]\nport=9003`,
      'http://localhost:9003',
      undefined,
      undefined,
    ],
    ['a prompt alone', `[supervisorctl]\nprompt=x\n${UNIX_AUTH}`, 'unix:///run/s.sock', 'u', 'p'],
    [
      'a hash instead of the password',
      `${UNIX}username=u\npassword={SHA}ab\n`,
      'unix:///run/s.sock',
      undefined,
      undefined,
    ],
    [
      'a hash, but the password in [supervisorctl]',
      `${UNIX}username=u\npassword={SHA}ab\n[supervisorctl]\nusername=u\npassword=p`,
      'unix:///run/s.sock',
      'u',
      'p',
    ],
    [
      'ENV_ names of [supervisord]',
      '[supervisord]\nenvironment=RUN="/var/run"\n[unix_http_server]\nfile=%(ENV_RUN)s/s',
      'unix:///var/run/s',
      undefined,
      undefined,
    ],
  ])('%s', (_, text, serverurl, username, password) => {
    expect(clientOf(text)).toMatchObject({ serverurl, username, password });
  });

  test('included ones count too', () => {
    const files = { [MAIN]: '[include]\nfiles=a.conf', '/d/a.conf': UNIX_AUTH };
    expect(clientOf(files)).toMatchObject({ serverurl: 'unix:///run/s.sock', password: 'p' });
  });

  test('what is wrong in an included file does not hinder', () => {
    const files = { [MAIN]: `${UNIX}[include]\nfiles=a.conf`, '/d/a.conf': 'nonsense' };
    expect(clientOf(files).serverurl).toBe('unix:///run/s.sock');
  });

  test('a section that cannot be understood is an error: there is nowhere else to go', () => {
    const host = fakeHost({ [MAIN]: '[unix_http_server]\nfile=%(ENV_NOPE)s/s' });
    const read = readClientSettings(MAIN, host);
    expect(!read.ok && read.error.message).toContain(
      "'unix_http_server.file' contains names ('ENV_NOPE')",
    );
  });
});

describe('a missing name and password are those of the matching server section', () => {
  const client = (url: string, rest = ''): string => `[supervisorctl]\nserverurl=${url}\n${rest}\n`;
  test.each([
    ['the same socket', client('unix:///run/s.sock') + UNIX_AUTH, 'u', 'p'],
    ['another socket', client('unix:///run/t.sock') + UNIX_AUTH, undefined, undefined],
    ['the same port', client('http://localhost:9001') + INET, 'iu', 'ip'],
    ['another port', client('http://localhost:9002') + INET, undefined, undefined],
    ['another machine', client('http://far.example:9001') + INET, undefined, undefined],
    [
      'another machine, every interface of this one',
      `${client('http://far.example:9001')}[inet_http_server]\nport=9001\nusername=iu\npassword=ip`,
      undefined,
      undefined,
    ],
    [
      'our own name, every interface',
      `${client('http://box:9001')}[inet_http_server]\nport=9001\nusername=iu\npassword=ip`,
      'iu',
      'ip',
    ],
    ['the name is there', client('unix:///run/s.sock', 'username=u') + UNIX_AUTH, 'u', 'p'],
    [
      'another name is there',
      client('unix:///run/s.sock', 'username=x') + UNIX_AUTH,
      'x',
      undefined,
    ],
    [
      'both are there',
      client('unix:///run/s.sock', 'username=x\npassword=y') + UNIX_AUTH,
      'x',
      'y',
    ],
    [
      'a server section that is wrong',
      `${client('unix:///run/s.sock')}[unix_http_server]\nchmod=9`,
      undefined,
      undefined,
    ],
    ['no address at all', client('nonsense') + INET, undefined, undefined],
  ])('%s', (_, text, username, password) => {
    expect(clientOf(text)).toMatchObject({ username, password });
  });
});

describe('files that cannot be read', () => {
  const load = (text: string | undefined): unknown => {
    try {
      return loadClientSettings('s.conf', {
        ...fakeHost(text === undefined ? {} : { [MAIN]: text }),
        cwd: '/d',
      });
    } catch (error) {
      return error;
    }
  };

  test.each([
    ['not there', undefined, 'config-not-found', 'could not find config file s.conf'],
    [
      'not ours to read',
      '<unreadable>',
      'config-unreadable',
      'could not read config file s.conf: EACCES: permission denied',
    ],
    [
      'not a configuration',
      '[supervisorctl]\nx\n',
      'config-invalid',
      "Source contains parsing errors: 's.conf' [line  2]: 'x\\n' (s.conf:2)",
    ],
  ])('%s', (_, text, code, message) => {
    const error = load(text);
    expect(error).toBeInstanceOf(ReloadctlError);
    expect(error).toMatchObject({ code, exitCode: 2, message });
  });

  test('the hint says what to do', () => {
    expect(load('<unreadable>')).toMatchObject({
      hint: 'Run reloadctl as a user that may read the file, or name the server with -s URL.',
    });
  });
});
