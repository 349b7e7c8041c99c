import { describe, expect, it } from 'vitest';
import { formatSocketAddress, parseSocketAddress } from '../../../src/config/socket-address.ts';

describe('parseSocketAddress', () => {
  it.each([
    ['127.0.0.1:8000', { kind: 'tcp', host: '127.0.0.1', port: 8000 }, '127.0.0.1:8000'],
    ['tcp://LocalHost:80', { kind: 'tcp', host: 'localhost', port: 80 }, 'localhost:80'],
    [':8000', { kind: 'tcp', host: '', port: 8000 }, '0.0.0.0:8000'],
    ['*:8000', { kind: 'tcp', host: '', port: 8000 }, '0.0.0.0:8000'],
    ['[::1]:443', { kind: 'tcp', host: '::1', port: 443 }, '[::1]:443'],
    ['[::]:65535', { kind: 'tcp', host: '::', port: 65_535 }, '[::]:65535'],
    ['unix:/run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }, 'unix:/run/a b.sock'],
    ['unix:///run/a.sock', { kind: 'unix', path: '/run/a.sock' }, 'unix:/run/a.sock'],
  ])('%s', (text, address, shown) => {
    expect(parseSocketAddress(text)).toEqual({ ok: true, value: address });
    expect(formatSocketAddress(address as Parameters<typeof formatSocketAddress>[0])).toBe(shown);
  });

  it.each([
    '',
    'localhost',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '::1:80',
    '[::1]',
    'unix:relative',
    'unix:',
    'fd://3',
    'http://localhost:80',
    'a b:80',
  ])('refuses %j', (text) => {
    expect(parseSocketAddress(text).ok).toBe(false);
  });
});
