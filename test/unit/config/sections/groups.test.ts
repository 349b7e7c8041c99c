import { describe, expect, test } from 'vitest';
import { configurationOf, MAIN, messageOf } from '../fake-host.ts';

const program = (name: string, rest = ''): string => `[program:${name}]\ncommand=/${name}\n${rest}`;
const groupsOf = (body: string) => configurationOf(`[supervisord]\n${body}`).groups;
const error = (body: string): string => messageOf(`[supervisord]\n${body}`);
const shape = (body: string): unknown =>
  groupsOf(body).map((group) => [
    group.name,
    group.priority,
    group.programs.map((each) => `${each.kind} ${each.group}:${each.name}`),
  ]);

describe('[group:x] (supervisor.md 2.2)', () => {
  test('takes its programs out of their own groups, in its own order', () => {
    const body = `${program('b')}${program('a')}${program('c')}[group:g]\nprograms=b, a\npriority=5`;
    expect(shape(body)).toEqual([
      ['g', 5, ['program g:b', 'program g:a']],
      ['c', 999, ['program c:c']],
    ]);
  });

  test('a program may be in two groups', () => {
    const body = `${program('a')}[group:g]\nprograms=a\n[group:h]\nprograms=a`;
    expect(shape(body)).toEqual([
      ['g', 999, ['program g:a']],
      ['h', 999, ['program h:a']],
    ]);
  });

  test.each(['', 'programs='])('%j is an empty group', (line) => {
    expect(shape(`[group:g]\n${line}`)).toEqual([['g', 999, []]]);
  });

  test('a FastCGI program in it is a plain program', () => {
    const body = '[fcgi-program:f]\ncommand=/f\nsocket=nonsense\n[group:g]\nprograms=f';
    expect(shape(body)).toEqual([['g', 999, ['program g:f']]]);
  });

  test.each([
    ['programs=zz', '[group:g] names unknown program or fcgi-program zz'],
    ['programs=a,', '[group:g] names unknown program or fcgi-program '],
    ['programs=a,zz', '[group:g] names unknown program or fcgi-program zz'],
    ['programs=a\npriority=x', "invalid literal for int() with base 10: 'x'"],
  ])('%j is an error', (lines, message) => {
    expect(error(`${program('a')}[group:g]\n${lines}`)).toBe(message);
  });

  test('a name of both kinds is ambiguous', () => {
    const body = `${program('f')}[fcgi-program:f]\ncommand=/f\nsocket=tcp://a:1\n[group:g]\nprograms=f`;
    expect(error(body)).toBe('[group:g] name f is ambiguous (exists as program and fcgi-program)');
  });
});

test('groups are in order of priority, then of name', () => {
  const body = `${program('b')}${program('a')}${program('z', 'priority=1\n')}`;
  expect(groupsOf(body).map((group) => group.name)).toEqual(['z', 'a', 'b']);
});

describe('[eventlistener:x] (supervisor.md 2.3)', () => {
  const listener = (rest: string): string => `[eventlistener:e]\ncommand=/e\n${rest}`;

  test('its pool starts first, its processes have the common priority', () => {
    const [pool] = groupsOf(`${program('a')}${listener('events=tick_60,PROCESS_STATE')}`);
    expect(pool).toMatchObject({
      name: 'e',
      priority: -1,
      eventlistener: {
        events: ['TICK_60', 'PROCESS_STATE'],
        bufferSize: 10,
        resultHandler: 'supervisor.dispatchers:default_handler',
      },
      programs: [{ kind: 'eventlistener', name: 'e', priority: 999 }],
    });
  });

  test('priority counts for both', () => {
    expect(groupsOf(listener('events=EVENT\npriority=3'))).toMatchObject([
      { priority: 3, programs: [{ priority: 3 }] },
    ]);
  });

  test.each([
    ['', '[eventlistener:e] section requires an "events" line'],
    ['events=', '[eventlistener:e] section requires an "events" line'],
    ['events=bogus', 'Unknown event type BOGUS in [eventlistener:e] events'],
    ['events=EVENT\nbuffer_size=0', '[eventlistener:e] section sets invalid buffer_size (0)'],
    [
      'events=EVENT\nredirect_stderr=true',
      '[eventlistener:e] section sets redirect_stderr=true but this is not allowed because it will interfere with the eventlistener protocol',
    ],
    [
      'events=EVENT\nstartsecs=x',
      `invalid literal for int() with base 10: 'x' in section 'eventlistener:e' (file: '${MAIN}')`,
    ],
  ])('%j is an error', (rest, message) => {
    expect(error(listener(rest))).toBe(message);
  });

  test('it cannot be in a group', () => {
    expect(error(`${listener('events=EVENT')}\n[group:g]\nprograms=e`)).toBe(
      '[group:g] names unknown program or fcgi-program e',
    );
  });
});

describe('[fcgi-program:x] (supervisor.md 2.4)', () => {
  const fcgi = (rest: string): string => `[fcgi-program:f]\ncommand=/f\n${rest}`;

  test.each([
    [
      'socket=unix:///tmp/../tmp/f.sock',
      { socket: 'unix:///tmp/f.sock', mode: 0o700, owner: undefined, backlog: undefined },
    ],
    [
      'socket=unix:///f\nsocket_mode=0660\nsocket_owner=alice:staff\nsocket_backlog=65535',
      { socket: 'unix:///f', mode: 0o660, owner: { uid: 1000, gid: 50 }, backlog: 65535 },
    ],
    ['socket=unix:///f\nuser=alice', { owner: { uid: 1000, gid: 1001 } }],
    ['socket=unix:///f\nuser=root', { owner: undefined }],
    ['socket=unix:///f\nuser=alice\nsocket_owner=www-data', { owner: { uid: 33, gid: undefined } }],
    ['socket=tcp://LocalHost:9000', { socket: 'tcp://localhost:9000', mode: undefined }],
    ['socket=tcp://localhost:9000\nuser=alice', { owner: undefined }],
  ])('%j', (rest, settings) => {
    expect(groupsOf(fcgi(rest))).toMatchObject([
      { name: 'f', fcgi: settings, programs: [{ kind: 'fcgi-program' }] },
    ]);
  });

  test.each([
    ['', '[fcgi-program:f] section requires a "socket" line'],
    ['socket=foo', "('Bad socket format %s', 'foo') in [fcgi-program:f] socket"],
    [
      'socket=unix://x.sock',
      "('Unix socket path %s is not an absolute path', 'x.sock') in [fcgi-program:f] socket",
    ],
    [
      'socket=tcp://a:1\nsocket_mode=0700',
      'socket_owner and socket_mode params should only be used with a Unix domain socket in [fcgi-program:f] socket',
    ],
    ['socket=tcp://a:0', '0 is below lower bound (1) in [fcgi-program:f] socket'],
    ['socket=tcp://a:1\nsocket_backlog=0', 'Invalid socket_backlog value 0'],
    ['socket=unix:///f\nsocket_mode=8', 'Invalid socket_mode value 8'],
    ['socket=unix:///f\nsocket_owner=nosuch', 'Invalid socket_owner value nosuch'],
    ['socket=unix:///f\nuser=nosuch', 'Invalid user name nosuch'],
  ])('%j is an error', (rest, message) => {
    expect(error(fcgi(rest))).toBe(message);
  });
});
