import { describe, expect, test } from 'vitest';
import type { ProgramSettings } from '../../../../src/config/settings/settings.ts';
import { configurationOf, errorOf, MAIN, messageOf, programsOf } from '../fake-host.ts';

const PROGRAMS = `[supervisord]
[program:web]
command=/web
environment=PORT="8000"
[program:worker]
command=/job
numprocs=2
process_name=%(program_name)s_%(process_num)d
[group:jobs]
programs=worker
`;

function settingsOf(text: string, name = 'web'): ProgramSettings {
  const program = programsOf(configurationOf(PROGRAMS + text)).find((each) => each.name === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  return program.settings;
}

describe('values', () => {
  test.each([
    ['type=gunicorn', { type: 'gunicorn' }],
    ['strategy=bridge', { strategy: 'bridge' }],
    ['surge=2', { surge: { kind: 'count', workers: 2 } }],
    ['surge=50%', { surge: { kind: 'percent', percent: 50 } }],
    ['surge=50 %', { surge: { kind: 'percent', percent: 50 } }],
    ['surge=50%%', { surge: { kind: 'percent', percent: 50 } }],
    ['health_url=http://127.0.0.1:8000/ok', { healthUrls: ['http://127.0.0.1:8000/ok'] }],
    [
      'health_url=https://a/b\n  unix:/run/a.sock:/ok',
      { healthUrls: ['https://a/b', 'unix:/run/a.sock:/ok'] },
    ],
    ['health_url=http://x:%(ENV_PORT)s/a%%20b', { healthUrls: ['http://x:8000/a%20b'] }],
    ['health_host=www.example.org', { healthHost: 'www.example.org' }],
    ['health_host=[::1]:8000', { healthHost: '[::1]:8000' }],
    [
      'health_headers=X-A: b, X-C: d, e; q=1, Accept: */*',
      {
        healthHeaders: [
          { name: 'X-A', value: 'b' },
          { name: 'X-C', value: 'd, e; q=1' },
          { name: 'Accept', value: '*/*' },
        ],
      },
    ],
    ['health_headers=X-Port: %(ENV_PORT)s', { healthHeaders: [{ name: 'X-Port', value: '8000' }] }],
    [
      'health_headers=X-A: b,\n  X-C:\n',
      {
        healthHeaders: [
          { name: 'X-A', value: 'b' },
          { name: 'X-C', value: '' },
        ],
      },
    ],
    [
      'health_expect=200, 204,300-399',
      {
        healthExpect: [
          { from: 200, to: 200 },
          { from: 204, to: 204 },
          { from: 300, to: 399 },
        ],
      },
    ],
    [
      'notify=https://hooks.example.org/services/T0/B0, http://127.0.0.1:9/',
      { notifyUrls: ['https://hooks.example.org/services/T0/B0', 'http://127.0.0.1:9/'] },
    ],
    ['settle=0', { settleMs: 0 }],
    ['settle=2.5', { settleMs: 2500 }],
    ['timeout=90', { timeoutMs: 90_000 }],
    ['reload_signal=hup', { reloadSignal: 'SIGHUP' }],
    ['reload_signal=SIGQUIT', { reloadSignal: 'SIGQUIT' }],
    ['type=%(program_name)s%(process_num)d', { type: 'web0' }],
    ['socket=on', { socket: true }],
    ['socket=off', { socket: false }],
    [
      'socket=127.0.0.1:8000, unix:///run/a.sock',
      {
        socket: [
          { kind: 'tcp', host: '127.0.0.1', port: 8000 },
          { kind: 'unix', path: '/run/a.sock' },
        ],
      },
    ],
    ['hooks=', { hooks: {} }],
    [
      'hooks =\n  before_reload = /bin/a "b c"\n\n  on_failure=/bin/b x=y',
      { hooks: { before_reload: '/bin/a "b c"', on_failure: '/bin/b x=y' } },
    ],
  ])('%j', (lines, values) => {
    expect(settingsOf(`[reloadctl:web]\n${lines}`)).toMatchObject(values);
  });
});

describe('precedence', () => {
  const text = `[reloadctl]
type=gunicorn
settle=1
hooks =
  before_reload = /all
  after_reload = /all
[reloadctl:jobs]
settle=2
timeout=20
[reloadctl:worker]
timeout=30
hooks =
  after_reload = /job
  before_reload =
`;

  test('[reloadctl] holds for all', () => {
    expect(settingsOf(text)).toMatchObject({
      type: 'gunicorn',
      settleMs: 1000,
      timeoutMs: undefined,
      hooks: { before_reload: '/all', after_reload: '/all' },
    });
  });

  test('over it that of the group, over that the one of the program', () => {
    expect(settingsOf(text, 'worker_1')).toEqual({
      ...settingsOf('[reloadctl]\ntype=gunicorn'),
      settleMs: 2000,
      timeoutMs: 30_000,
      hooks: { after_reload: '/job' },
    });
  });

  test('[DEFAULT] is not for reloadctl', () => {
    expect(settingsOf('[DEFAULT]\nsettle=2\n[reloadctl]\n').settleMs).toBeUndefined();
  });

  test('a name is trimmed, as those of programs are', () => {
    expect(settingsOf('[reloadctl: web ]\nsettle=4').settleMs).toBe(4000);
  });

  test('event listeners and programs without processes have names too', () => {
    const more = '[eventlistener:e]\ncommand=/e\nevents=EVENT\n[program:z]\nnumprocs=0\n';
    const sections = '[group:g]\nprograms=z\n[reloadctl:e]\nsettle=1\n[reloadctl:z]\nsettle=1';
    expect(settingsOf(more + sections, 'e').settleMs).toBe(1000);
  });
});

describe('errors', () => {
  test.each([
    ['[reloadctl]\nhealthurl=x', "[reloadctl] has no key 'healthurl'; did you mean 'health_url'?"],
    [
      '[reloadctl:web]\nstartsecs=1',
      "[reloadctl:web] has no key 'startsecs'; did you mean 'strategy'?",
    ],
    [
      '[reloadctl]\nconstructor=1',
      "[reloadctl] has no key 'constructor'; did you mean 'strategy'?",
    ],
    [
      '[reloadctl:wbe]\nsettle=1',
      '[reloadctl:wbe] names no program or group; did you mean [reloadctl:web]?',
    ],
    [
      '[reloadctl]\nstrategy=fast',
      "[reloadctl] strategy is 'fast'; it has to be one of auto, bridge, rolling, hup, overlap, restart",
    ],
    [
      '[reloadctl]\nsurge=0',
      "[reloadctl] surge is '0'; it has to be a number of workers (2) or a percentage (50%)",
    ],
    [
      '[reloadctl]\nsurge=-1',
      "[reloadctl] surge is '-1'; it has to be a number of workers (2) or a percentage (50%)",
    ],
    [
      '[reloadctl]\nhealth_url=http://ok ftp://x',
      "[reloadctl] health_url holds 'ftp://x'; it has to be http://…, https://… or unix:/path/to.sock:/uri",
    ],
    [
      '[reloadctl]\nhealth_url=unix:run/x.sock',
      "[reloadctl] health_url holds 'unix:run/x.sock'; it has to be http://…, https://… or unix:/path/to.sock:/uri",
    ],
    [
      '[reloadctl]\nhealth_host=http://www.example.org/',
      "[reloadctl] health_host is 'http://www.example.org/'; it has to be the name of a host, with its port where that matters, such as www.example.org or 127.0.0.1:8000",
    ],
    [
      '[reloadctl]\nhealth_host=',
      "[reloadctl] health_host is ''; it has to be the name of a host, with its port where that matters, such as www.example.org or 127.0.0.1:8000",
    ],
    [
      '[reloadctl]\nhealth_headers=X-A',
      '[reloadctl] health_headers holds a header without a name or a colon; it has to be like X-A: b, X-C: d',
    ],
    [
      '[reloadctl]\nhealth_headers=X A: b',
      '[reloadctl] health_headers holds a header without a name or a colon; it has to be like X-A: b, X-C: d',
    ],
    [
      '[reloadctl]\nhealth_headers=X-A: ž',
      '[reloadctl] health_headers gives X-A a value that no header can have: only printable ASCII',
    ],
    [
      '[reloadctl]\nhealth_headers=host: x',
      "[reloadctl] health_headers holds 'host'; write it as health_host",
    ],
    [
      '[reloadctl]\nhealth_headers=Content-Length: 3',
      "[reloadctl] health_headers holds 'Content-Length', which the request itself decides",
    ],
    [
      '[reloadctl]\nhealth_expect=2xx',
      "[reloadctl] health_expect holds '2xx'; it has to be statuses from 100 to 599 between commas, such as 200, 204, 300-399",
    ],
    [
      '[reloadctl]\nhealth_expect=399-300',
      "[reloadctl] health_expect holds '399-300'; it has to be statuses from 100 to 599 between commas, such as 200, 204, 300-399",
    ],
    [
      '[reloadctl]\nhealth_expect=99',
      "[reloadctl] health_expect holds '99'; it has to be statuses from 100 to 599 between commas, such as 200, 204, 300-399",
    ],
    [
      '[reloadctl]\nhealth_expect=',
      "[reloadctl] health_expect holds ''; it has to be statuses from 100 to 599 between commas, such as 200, 204, 300-399",
    ],
    [
      '[reloadctl]\nnotify=https://a/, mailto:somebody',
      '[reloadctl] notify holds an address that is not http://… or https://…; it has to be URLs between commas',
    ],
    [
      '[reloadctl]\nnotify=',
      '[reloadctl] notify holds an address that is not http://… or https://…; it has to be URLs between commas',
    ],
    [
      '[reloadctl]\nsettle=soon',
      "[reloadctl] settle is 'soon'; it has to be a number of seconds from 0 to 86400, such as 30 or 2.5",
    ],
    [
      '[reloadctl]\nsettle=-1',
      "[reloadctl] settle is '-1'; it has to be a number of seconds from 0 to 86400, such as 30 or 2.5",
    ],
    [
      '[reloadctl]\ntimeout=0',
      "[reloadctl] timeout is '0'; it has to be a number of seconds from 0.1 to 86400, such as 30 or 2.5",
    ],
    [
      '[reloadctl]\nreload_signal=0',
      "[reloadctl] reload_signal is '0'; it has to be the name of a signal, such as HUP",
    ],
    [
      '[reloadctl]\nreload_signal=NOPE',
      "[reloadctl] reload_signal is 'NOPE'; it has to be the name of a signal, such as HUP",
    ],
    ['[reloadctl]\npidfile=/run/x.pid', "[reloadctl] has no key 'pidfile'; did you mean 'settle'?"],
    ['[reloadctl]\ntype=', '[reloadctl] type is empty; name a type of server, such as gunicorn'],
    [
      '[reloadctl]\nsocket=maybe',
      "[reloadctl] socket holds 'maybe'; it has to be on, off, or addresses: HOST:PORT or unix:/path",
    ],
    [
      '[reloadctl]\nhooks=true',
      "[reloadctl] hooks has the line 'true'; it has to be 'moment = command'",
    ],
    [
      '[reloadctl]\nhooks =\n  after_relaod = x',
      "[reloadctl] hooks has no moment 'after_relaod'; did you mean 'after_reload'?",
    ],
    [
      '[reloadctl]\nhooks =\n  after_reload = "x',
      '[reloadctl] hooks has a command for after_reload that cannot be split: No closing quotation',
    ],
    [
      '[reloadctl:web]\ntype=/run/50%',
      "Format string '/run/50%' for 'reloadctl:web.type' is badly formatted: incomplete format",
    ],
  ])('%j', (text, message) => {
    expect(errorOf(PROGRAMS + text)).toMatchObject({ code: 'settings-invalid', message });
  });

  test('stand where the wrong line stands', () => {
    expect(errorOf(`${PROGRAMS}[reloadctl]\ntype=x\nsettel=1`).position).toEqual({
      file: MAIN,
      line: 13,
    });
  });

  test('a name without any program', () => {
    expect(messageOf('[supervisord]\n[reloadctl:web]')).toBe(
      '[reloadctl:web] names no program or group; the configuration has no programs',
    );
  });

  test('a wrong key counts even where no program is', () => {
    expect(messageOf('[supervisord]\n[reloadctl]\nx=1')).toContain("[reloadctl] has no key 'x'");
  });
});
