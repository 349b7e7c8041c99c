import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTheme, supportsColor, supportsUnicode } from '../../../src/terminal/theme.ts';

describe('theme', () => {
  it('paints only with colour', () => {
    expect(createTheme({ color: true, unicode: true }).paint('bad', 'x')).toBe(
      '\u001b[31mx\u001b[39m',
    );
    expect(createTheme({ color: false, unicode: true }).paint('bad', 'x')).toBe('x');
  });

  it('writes ASCII only where nothing else can be shown', () => {
    const theme = createTheme({ color: false, unicode: false });
    expect(theme.plain('USR2 → master… naïve')).toBe('USR2 -> master... na\\u{00ef}ve');
    expect(Object.values(theme.symbols).flat().join('')).toMatch(/^[\x20-\x7e]+$/u);
  });

  it('has no colour on a stream that is no terminal', () => {
    expect(supportsColor(new PassThrough())).toBe(false);
    expect(supportsColor({ write: () => true })).toBe(false);
  });

  it.each([
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'en_US.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'de_DE.UTF-8', LANG: 'C' }, true],
    [{ LANG: 'C.UTF-8', TERM: 'linux' }, false],
  ])('environment %j shows more than ASCII: %s', (env, expected) => {
    expect(supportsUnicode(env)).toBe(expected);
  });
});
