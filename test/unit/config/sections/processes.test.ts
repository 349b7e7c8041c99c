import { describe, expect, test } from 'vitest';
import { configurationOf, IN_A, messageOf, onlyProgram } from '../fake-host.ts';

const A = '[program:a]\ncommand=/a\n';
const of = (lines: string) => onlyProgram(A + lines);

test('the defaults (supervisor.md 2.1)', () => {
  const log = {
    target: { kind: 'auto' },
    maxBytes: 52428800,
    backups: 10,
    captureMaxBytes: 0,
    eventsEnabled: false,
    syslog: false,
  };
  expect(of('')).toEqual({
    kind: 'program',
    name: 'a',
    group: 'a',
    section: 'a',
    position: { file: '/d/s.conf', line: 2 },
    command: '/a',
    directory: undefined,
    environment: {},
    user: undefined,
    umask: undefined,
    priority: 999,
    processNum: 0,
    numprocs: 1,
    autostart: true,
    autorestart: 'unexpected',
    startsecs: 1,
    startretries: 3,
    exitcodes: [0],
    stopsignalNumber: 15,
    stopsignal: 'SIGTERM',
    stopwaitsecs: 10,
    isStopwaitSet: false,
    stopasgroup: false,
    killasgroup: false,
    redirectStderr: false,
    stdout: log,
    stderr: log,
    serverurl: undefined,
    settings: {
      type: undefined,
      strategy: undefined,
      surge: undefined,
      healthUrls: [],
      healthHost: undefined,
      healthHeaders: undefined,
      healthExpect: undefined,
      settleMs: undefined,
      timeoutMs: undefined,
      reloadSignal: undefined,
      hooks: {},
      notifyUrls: [],
      socket: undefined,
    },
  });
});

test.each([
  ['process_name=x', { name: 'x', group: 'a', section: 'a' }],
  ['priority=-5', { priority: -5 }],
  ['autostart=no', { autostart: false }],
  ['autorestart=1', { autorestart: true }],
  ['autorestart=off', { autorestart: false }],
  ['startsecs=0', { startsecs: 0 }],
  ['startretries=-1', { startretries: -1 }],
  ['exitcodes=', { exitcodes: [] }],
  ['exitcodes=0,2', { exitcodes: [0, 2] }],
  ['stopsignal=QUIT', { stopsignalNumber: 3, stopsignal: 'SIGQUIT' }],
  ['stopsignal=0', { stopsignalNumber: 0, stopsignal: undefined }],
  ['stopsignal=RTMIN', { stopsignalNumber: 34, stopsignal: undefined }],
  ['stopwaitsecs=60', { stopwaitsecs: 60 }],
  ['stopasgroup=true', { stopasgroup: true, killasgroup: true }],
  ['killasgroup=true', { stopasgroup: false, killasgroup: true }],
  ['user=alice', { user: { name: 'alice', uid: 1000, gid: 1001 } }],
  ['umask=027', { umask: 0o27 }],
  ['directory=~/nowhere', { directory: '~/nowhere' }],
  ['environment=X="1"', { environment: { X: '1' } }],
  ['redirect_stderr=true', { redirectStderr: true, stderr: { target: { kind: 'none' } } }],
  ['stdout_logfile=none', { stdout: { target: { kind: 'none' } } }],
  ['stdout_logfile=', { stdout: { target: { kind: 'none' } } }],
  ['stdout_logfile=syslog', { stdout: { target: { kind: 'none' }, syslog: true } }],
  ['stderr_logfile=/tmp/e', { stderr: { target: { kind: 'file', path: '/tmp/e' } } }],
  ['stdout_logfile_maxbytes=1KB', { stdout: { maxBytes: 1024 } }],
  ['stderr_logfile_backups=0', { stderr: { backups: 0 } }],
  ['stdout_capture_maxbytes=1MB', { stdout: { captureMaxBytes: 1048576 } }],
  ['stderr_events_enabled=on', { stderr: { eventsEnabled: true } }],
  ['stdout_syslog=true', { stdout: { syslog: true } }],
  ['serverurl=http://x:1', { serverurl: 'http://x:1' }],
  ['serverurl= auto', { serverurl: undefined }],
])('%s', (line, values) => {
  expect(of(line)).toMatchObject(values);
});

test.each([
  ['autorestart=bogus', "invalid 'autorestart' value 'bogus'"],
  ['startsecs=1.5', "invalid literal for int() with base 10: '1.5'"],
  ['exitcodes=256', "not a valid list of exit codes: '256'"],
  ['stopsignal=BOGUS', "value 'BOGUS' is not a valid signal name"],
  ['stopsignal=65', "value '65' is not a valid signal number"],
  ['stdout_logfile_maxbytes=1M', "invalid literal for int() with base 10: '1m'"],
  ['stdout_syslog=maybe', "not a valid boolean value: 'maybe'"],
  ['umask=8', '8 can not be converted to an octal type'],
  ['user=nosuch', 'Invalid user name nosuch'],
  ['user=99999', 'Invalid user id 99999'],
  ['environment=A', "Unexpected end of key/value pairs in value 'A'"],
  ['stopasgroup=true\nkillasgroup=false', 'Cannot set stopasgroup=true and killasgroup=false'],
  ['stderr_logfile=/nope/x', 'The directory named as part of the path /nope/x does not exist'],
  ['process_name=a b', "Invalid name: 'a b' because of character: ' '"],
])('%j is an error', (line, message) => {
  expect(messageOf(`[supervisord]\n${A}${line}`)).toBe(message + IN_A);
});

test('of several errors supervisord’s first one is reported', () => {
  const text = '[supervisord]\n[program:b]\ncommand=/b\nuser=nosuch\nstartsecs=x\nautostart=t';
  expect(messageOf(text)).toContain("not a valid boolean value: 't'");
});

test('environment= is merged over that of [supervisord]', () => {
  const text = '[supervisord]\nenvironment=A="1",B="2"\n[program:a]\ncommand=/a\nenvironment=B="3"';
  const { groups } = configurationOf(text);
  expect(groups[0]?.programs[0]?.environment).toEqual({ A: '1', B: '3' });
});

describe('what supervisord warns of', () => {
  test.each([
    [
      'redirect_stderr=true\nstderr_logfile=/tmp/e',
      'For [program:a], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored',
    ],
    [
      'stdout_logfile=syslog',
      'For [program:a], stdout_logfile=syslog but this is deprecated and will be removed.  Use stdout_syslog=true to enable syslog instead.',
    ],
    [
      'stderr_logfile_maxbytes=0',
      'For [program:a], AUTO logging used for stderr_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally',
    ],
  ])('%j', (lines, message) => {
    const { warnings } = configurationOf(`[supervisord]\n${A}${lines}`);
    expect(warnings.map((each) => each.message)).toEqual([message]);
  });

  test('once for a section, not for each of its processes', () => {
    const lines = 'numprocs=3\nprocess_name=%(process_num)d\nstdout_logfile=syslog';
    expect(configurationOf(`[supervisord]\n${A}${lines}`).warnings).toHaveLength(1);
  });
});
