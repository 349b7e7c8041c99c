import { describe, expect, it } from 'vitest';
import { ReloadctlError } from '../../../src/base/errors.ts';
import { parseEndpoint } from '../../../src/rpc/endpoint.ts';

describe('parseEndpoint', () => {
  it.each<[string, string, object]>([
    ['unix:///run/s.sock', 'unix:///run/s.sock', { kind: 'unix', path: '/run/s.sock' }],
    ['unix://s.sock', 'unix://s.sock', { kind: 'unix', path: 's.sock' }],
    ['unix:///run/a@b?c#d', 'unix:///run/a@b?c#d', { kind: 'unix', path: '/run/a@b?c#d' }],
    [
      'http://localhost:9001',
      'http://localhost:9001',
      { kind: 'inet', host: 'localhost', port: 9001 },
    ],
    ['http://127.0.0.1', 'http://127.0.0.1', { kind: 'inet', host: '127.0.0.1', port: 80 }],
    ['http://h:', 'http://h:', { kind: 'inet', host: 'h', port: 80 }],
    ['http://h:1/path?q#f', 'http://h:1/path?q#f', { kind: 'inet', host: 'h', port: 1 }],
    ['http://[::1]:9001/', 'http://[::1]:9001/', { kind: 'inet', host: '::1', port: 9001 }],
    ['http://:9001', 'http://:9001', { kind: 'inet', host: 'localhost', port: 9001 }],
    ['http://user:s3cret@h:1/', 'http://h:1/', { kind: 'inet', host: 'h', port: 1 }],
    ['http://u:a@b@h:1', 'http://h:1', { kind: 'inet', host: 'h', port: 1 }],
  ])('takes %s', (url, shown, address) => {
    expect(parseEndpoint({ url })).toEqual({ url: shown, address, authorization: undefined });
  });

  it.each<[string, string]>([
    ['foo', "invalid value for -s 'foo': value 'foo' is not a URL"],
    ['', "invalid value for -s '': value '' is not a URL"],
    ['foo:', "invalid value for -s 'foo:': value 'foo:' is not a URL"],
    ['http://', "invalid value for -s 'http://': value 'http://' is not a URL"],
    ['unix://', "invalid value for -s 'unix://': value 'unix://' is not a URL"],
    ["it's", 'invalid value for -s "it\'s": value "it\'s" is not a URL'],
    ['https://h', "invalid value for -s 'https://h': it must be http:// or unix://"],
    ['localhost:9001', "invalid value for -s 'localhost:9001': it must be http:// or unix://"],
    ['http://h:0', "invalid value for -s 'http://h:0': it must be http://host:port"],
    ['http://h:65536', "invalid value for -s 'http://h:65536': it must be http://host:port"],
    ['http://h:x', "invalid value for -s 'http://h:x': it must be http://host:port"],
    ['http://a b', "invalid value for -s 'http://a b': it must be http://host:port"],
    [
      '\x1b[2J',
      "invalid value for -s '\\\\x1b[2J': value '\\\\x1b[2J' is not a URL".replaceAll('\\\\', '\\'),
    ],
  ])('refuses %j', (url, message) => {
    expect(() => parseEndpoint({ url })).toThrow(
      expect.objectContaining({ message, code: 'usage', exitCode: 2 }),
    );
  });

  it('refuses the path of a socket that the kernel would have to cut off', () => {
    expect(parseEndpoint({ url: `unix:///${'x'.repeat(106)}` }).address.kind).toBe('unix');
    expect(() => parseEndpoint({ url: `unix:///${'x'.repeat(107)}` })).toThrow(
      /longer than 107 bytes/,
    );
    expect(() => parseEndpoint({ url: `unix:///${'é'.repeat(54)}` })).toThrow(
      /longer than 107 bytes/,
    );
  });

  it.each([
    'https://u:s3cret@h',
    'u:s3cret@h',
    's3cret@h',
    'http://u:s3cret@h:x',
    'http://u:p/s3cret@h:1:2',
    'http://u:s3cret\n@h:x',
  ])('never shows a password: %j', (url) => {
    let shown: unknown;
    try {
      shown = parseEndpoint({ url }).url;
    } catch (error) {
      if (!(error instanceof ReloadctlError)) throw error;
      shown = [error.message, error.hint, error.stack];
    }
    expect(JSON.stringify(shown)).not.toContain('s3cret');
  });

  it.each<[string | undefined, string | undefined, string | undefined]>([
    ['u', 'p:w', `Basic ${btoa('u:p:w')}`],
    ['', '', `Basic ${btoa(':')}`],
    ['u', undefined, undefined],
    [undefined, 'p', undefined],
    ['ü', '\r\nX: y', `Basic ${Buffer.from('ü:\r\nX: y').toString('base64')}`],
  ])('makes a header of %j and %j', (username, password, authorization) => {
    expect(parseEndpoint({ url: 'http://h', username, password }).authorization).toBe(
      authorization,
    );
  });
});
