import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeForTerminal } from '../../../../src/terminal/text/escape.ts';

/** Any UTF-16, lone surrogates included, with what terminals obey or hide over-represented. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(
        '\u001b[2J',
        '\u009b31m',
        '\u202e',
        '\u200b',
        '\r\n',
        '\r',
        '\t',
        '\u{e0041}',
      ),
    ),
  )
  .map((parts) => parts.join(''));

const isObeyed = (character: string, kept: string): boolean =>
  !kept.includes(character) && /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(character);

describe('escapeForTerminal', () => {
  it.each([
    ['plain text', 'plain text'],
    ['naïve – 中文 ✓', 'naïve – 中文 ✓'],
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['a\nb\tc\rd', 'a\\x0ab\\x09c\\x0dd'],
    ['user\u202egnp.exe', 'user\\u{202e}gnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['lone \ud800 surrogate', 'lone \\u{d800} surrogate'],
    ['line\u2028separator', 'line\\u{2028}separator'],
  ])('shows %j as %j', (text, expected) => {
    expect(escapeForTerminal(text)).toBe(expected);
  });

  it('keeps line feeds and tabs of a block, and nothing else', () => {
    expect(escapeForTerminal('a\r\n\tb\rc\u0000', { block: true })).toBe('a\n\tb\\x0dc\\x00');
  });

  it('bounds the length and shows that it did', () => {
    expect(escapeForTerminal('abcdef', { maxLength: 6 })).toBe('abcdef');
    expect(escapeForTerminal('abcdefg', { maxLength: 6 })).toBe('abcde…');
    expect(escapeForTerminal('abc\u001b\u001b', { maxLength: 8 })).toBe('abc\\x1b…');
    expect(escapeForTerminal('ab😀😀', { maxLength: 4 })).toBe('ab…');
  });

  it('lets nothing through that a terminal could obey, whatever comes', () => {
    fc.assert(
      fc.property(
        hostileText,
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
        (text, block, maxLength) => {
          const escaped = escapeForTerminal(text, { block, maxLength });
          const kept = block ? '\n\t' : '';
          expect(Array.from(escaped).filter((character) => isObeyed(character, kept))).toEqual([]);
          expect(escaped.length).toBeLessThanOrEqual(maxLength);
        },
      ),
    );
  });

  it('changes nothing more the second time', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 60 }), (text, maxLength) => {
        const once = escapeForTerminal(text, { maxLength });
        expect(escapeForTerminal(once, { maxLength })).toBe(once);
      }),
    );
  });
});
