import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/rpc/endpoint.ts';
import { failureOf, isStaleConnection, statusFailure } from '../../../src/rpc/exchange-failure.ts';

const unix = parseEndpoint({ url: 'unix:///run/s.sock' });
const inet = parseEndpoint({ url: 'http://h:1', username: 'u', password: 's3cret' });
const running = { cause: undefined, timeoutMs: 5 } as const;
const coded = (code: string, message = `connect ${code}`): Error =>
  Object.assign(new Error(message), { code });

describe('failureOf', () => {
  it.each<[string, Error, object]>([
    ['ECONNREFUSED', coded('ECONNREFUSED'), { kind: 'refused', url: unix.url }],
    ['ENOENT', coded('ENOENT'), { kind: 'no-socket', url: unix.url }],
    ['ENOTDIR', coded('ENOTDIR'), { kind: 'no-socket', url: unix.url }],
    ['EACCES', coded('EACCES'), { kind: 'denied', url: unix.url }],
    ['EPERM', coded('EPERM'), { kind: 'denied', url: unix.url }],
    [
      'ECONNRESET',
      coded('ECONNRESET', 'socket hang up'),
      {
        kind: 'protocol',
        url: unix.url,
        detail: 'the connection was lost before the reply to m was complete',
      },
    ],
    [
      'a parser error',
      coded('HPE_INVALID_CONSTANT', 'Parse Error: \x1b[2J'),
      {
        kind: 'protocol',
        url: unix.url,
        detail: 'the reply to m is not HTTP (HPE_INVALID_CONSTANT)',
      },
    ],
    [
      'anything else',
      coded('EAGAIN', 'full\x1b'),
      { kind: 'protocol', url: unix.url, detail: 'EAGAIN: full\\x1b' },
    ],
  ])('knows %s', (_, error, failure) => {
    expect(failureOf(error, running, unix, 'm')).toEqual(failure);
  });

  it('knows no missing file over TCP', () => {
    expect(failureOf(coded('EACCES'), running, inet, 'm')).toMatchObject({ kind: 'protocol' });
  });

  it('blames the limit that ended the call, whatever error that made', () => {
    const error = coded('ECONNRESET');
    expect(failureOf(error, { cause: 'aborted', timeoutMs: 5 }, unix, 'm')).toEqual({
      kind: 'aborted',
    });
    expect(failureOf(error, { cause: 'timeout', timeoutMs: 5 }, unix, 'm')).toEqual({
      ...{ kind: 'timeout', url: unix.url, method: 'm', ms: 5 },
    });
  });

  it('takes what is thrown and no Error', () => {
    expect(failureOf('odd', running, unix, 'm')).toMatchObject({ detail: 'odd' });
  });
});

describe('statusFailure', () => {
  it('knows 401', () => {
    expect(statusFailure(401, 'x', inet)).toEqual({ kind: 'unauthorized', url: 'http://h:1' });
  });

  it('shows others, made harmless', () => {
    expect(statusFailure(500, `a\x9b${'b'.repeat(500)}`, inet)).toEqual({
      ...{ kind: 'protocol', url: 'http://h:1', status: 500 },
      detail: `HTTP status 500 a\\x9b${'b'.repeat(78)}…`,
    });
    expect(statusFailure(404, '', inet)).toMatchObject({ detail: 'HTTP status 404' });
  });
});

describe('isStaleConnection', () => {
  it.each<[string, boolean, boolean]>([
    ['ECONNRESET', true, true],
    ['EPIPE', true, true],
    ['ECONNRESET', false, false],
    ['ECONNREFUSED', true, false],
  ])('%s on a connection that was kept: %s', (code, reusedSocket, expected) => {
    expect(isStaleConnection(coded(code), { reusedSocket })).toBe(expected);
  });
});
