import { describe, expect, test } from 'vitest';
import {
  parseDirectory,
  parseFilePath,
  parseLogTarget,
  parseOwner,
  parseUser,
} from '../../../src/config/option-values.ts';
import { fakeFiles, fakeHost } from './fake-host.ts';

const host = fakeHost(
  { '/home/alice/logs/': '', '/home/root/': '', '/cwd/rel/': '', '/tmp/file': '' },
  { environment: { HOME: '/home/alice/' } },
);
const missing = (path: string): { ok: false; error: string } => ({
  ok: false,
  error: `The directory named as part of the path ${path} does not exist`,
});

describe('the path of a log', () => {
  test.each([
    ['x.log', { kind: 'file', path: 'x.log' }],
    ['/tmp/x.log', { kind: 'file', path: '/tmp/x.log' }],
    ['rel/x.log', { kind: 'file', path: 'rel/x.log' }],
    ['~/logs/x', { kind: 'file', path: '/home/alice/logs/x' }],
    ['~root/x', { kind: 'file', path: '/home/root/x' }],
    ['/x', { kind: 'file', path: '/x' }],
    ['', { kind: 'none' }],
    ['none', { kind: 'none' }],
    ['OFF', { kind: 'none' }],
    ['Auto', { kind: 'auto' }],
    ['syslog', { kind: 'syslog' }],
  ])('%j', (text, target) => {
    expect(parseLogTarget(text, host)).toEqual({ ok: true, value: target });
  });

  test.each(['/nope/x', 'nope/x', '~/nope/x', '~nobody-of-that-name/x', '/tmp/file/x'])(
    '%j has no directory',
    (text) => {
      expect(parseLogTarget(text, host)).toEqual(missing(text));
    },
  );

  test('a directory into which we may not look is taken to exist', () => {
    const files = { ...fakeFiles({}), isDirectory: () => undefined };
    expect(parseFilePath('/var/log/private/x', { ...host, files })).toMatchObject({ ok: true });
  });
});

test.each([
  ['/tmp', { ok: true, value: '/tmp' }],
  ['~', { ok: true, value: '/home/alice' }],
  ['rel', { ok: true, value: 'rel' }],
  ['/nope', { ok: false, error: '/nope is not an existing directory' }],
  ['/tmp/file', { ok: false, error: '/tmp/file is not an existing directory' }],
  ['', { ok: false, error: ' is not an existing directory' }],
])('directory %j', (text, result) => {
  expect(parseDirectory(text, host)).toEqual(result);
});

test.each([
  ['root', { ok: true, value: { name: 'root', uid: 0, gid: 0 } }],
  ['0', { ok: true, value: { name: 'root', uid: 0, gid: 0 } }],
  ['1000', { ok: true, value: { name: 'alice', uid: 1000, gid: 1001 } }],
  ['nosuch', { ok: false, error: 'Invalid user name nosuch' }],
  ['99999', { ok: false, error: 'Invalid user id 99999' }],
  ['', { ok: false, error: 'Invalid user name ' }],
])('user %j', (text, result) => {
  expect(parseUser(text, host)).toEqual(result);
});

test.each([
  ['alice', { ok: true, value: { uid: 1000, gid: undefined } }],
  ['alice:staff', { ok: true, value: { uid: 1000, gid: 50 } }],
  ['0:33', { ok: true, value: { uid: 0, gid: 33 } }],
  ['alice:nosuch', { ok: false, error: 'Invalid user:group definition alice:nosuch' }],
  ['nosuch:staff', { ok: false, error: 'Invalid user:group definition nosuch:staff' }],
  ['alice:', { ok: false, error: 'Invalid user:group definition alice:' }],
])('owner %j', (text, result) => {
  expect(parseOwner(text, host)).toEqual(result);
});
