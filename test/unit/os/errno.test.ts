import { describe, expect, it } from 'vitest';
import { errnoOf, readingError, toReading } from '../../../src/os/errno.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('readingError', () => {
  it.each([
    ['ENOENT', 'gone'],
    ['ESRCH', 'gone'],
    ['ENOTDIR', 'gone'],
    ['EACCES', 'denied'],
    ['EPERM', 'denied'],
    ['EIO', 'unsupported'],
    ['EISDIR', 'unsupported'],
  ])('%s is %s', (code, reason) => {
    expect(readingError(systemError(code))).toBe(reason);
  });

  it('throws on what is a bug', () => {
    expect(() => readingError(new TypeError('x'))).toThrow('x');
  });
});

describe('toReading', () => {
  it('carries values and reasons', async () => {
    expect(await toReading(() => 1)).toEqual({ ok: true, value: 1 });
    expect(await toReading(() => Promise.reject(systemError('EPERM')))).toEqual({
      ok: false,
      error: 'denied',
    });
  });
});

describe('errnoOf', () => {
  it.each([[new Error('x')], ['ENOENT'], [undefined]])('has nothing to say about %j', (error) => {
    expect(errnoOf(error)).toBeUndefined();
  });
});
