import { describe, expect, it } from 'vitest';
import { explainHttpError, parseTarget } from '../../../src/os/http-get.ts';

describe('parseTarget', () => {
  it.each([
    ['http://127.0.0.1:8000/health?x=1', { host: '127.0.0.1', port: '8000', path: '/health?x=1' }],
    ['http://localhost', { host: 'localhost', path: '/' }],
    ['http://[::1]:81/a b', { host: '::1', port: '81', path: '/a%20b' }],
    ['https://example.org/x#y', { host: 'example.org', path: '/x' }],
    ['http://u%20s:p%@h/', { host: 'h', auth: 'u s:p%' }],
    ['unix:/run/app.sock:/health', { socketPath: '/run/app.sock', path: '/health' }],
    ['unix:/run/app.sock', { socketPath: '/run/app.sock', path: '/' }],
    ['unix:/run/a:b.sock:/x?u=http://y', { socketPath: '/run/a:b.sock', path: '/x?u=http://y' }],
    ['unix:///run/app.sock:/x', { socketPath: '///run/app.sock', path: '/x' }],
  ])('%s', (url, options) => {
    const target = parseTarget(url);
    expect(target?.options).toMatchObject(options);
    expect(target?.options.port).toBe('port' in options ? options.port : undefined);
    expect(target?.secure).toBe(url.startsWith('https:'));
  });

  it.each([
    'ftp://host/',
    'localhost:8000',
    '/health',
    '',
    'unix:relative.sock',
    'unix:/run/app.sock:/a b',
    'unix:/run/app.sock:/ž',
    'http://',
  ])('refuses %j', (url) => {
    expect(parseTarget(url)).toBeUndefined();
  });
});

describe('explainHttpError', () => {
  it.each([
    ['one fault', new Error('connect ECONNREFUSED ::1:80'), 'connect ECONNREFUSED ::1:80'],
    [
      'a fault for each address of a name: the error itself has no message',
      new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]),
      'refused ::1; refused 127.0.0.1',
    ],
    ['what a server has put into it', new Error('x\u001b[2J'), 'x\\x1b[2J'],
  ])('tells %s', (_, error, text) => {
    expect(explainHttpError(error)).toBe(text);
  });
});
