import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeLog, LogText } from '../../../../src/commands/supervisorctl/log-text.ts';

describe('escapeLog', () => {
  it.each([
    ['a line', 'a\tb\n', 'a\tb\n'],
    ['colours', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a title', '\u001b]0;x\u0007', '\\x1b]0;x\\x07'],
    ['C1', 'a\u009b2Jb', 'a\\x9b2Jb'],
    ['CR LF', 'a\r\nb', 'a\nb'],
    ['CR alone', 'a\rb', 'a\\x0db'],
    ['bidi', 'a\u202eb', 'a\\u{202e}b'],
  ])('%s', (_what, text, shown) => {
    expect(escapeLog(text)).toBe(shown);
  });

  it('is not cut, however long', () => {
    expect(escapeLog('x'.repeat(100_000))).toHaveLength(100_000);
  });
});

describe('LogText', () => {
  it('shows what is whole as soon as it is', () => {
    const text = new LogText();
    expect(text.feed(Buffer.from([0x61, 0xc3]))).toBe('a');
    expect(text.feed(Buffer.from([0xa9, 0x0d]))).toBe('é');
    expect(text.feed(Buffer.from('\nb\r'))).toBe('\nb');
    expect(text.feed(Buffer.from('c\r'))).toBe('\\x0dc');
    expect(text.end()).toBe('\\x0d');
    expect(text.end()).toBe('');
  });

  it('shows bytes that are no text', () => {
    const text = new LogText();
    expect(text.feed(Buffer.from([0xe9, 0x62])) + text.end()).toBe('\ufffdb');
  });

  it('is the same wherever it is cut', () => {
    const pieces = fc.array(
      fc.constantFrom('a', 'é', '😀', '\r', '\n', '\t', '\u001b[1m', '\u009b', '\u202e', ' '),
    );
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(50)), (parts, cuts) => {
        const whole = parts.join('');
        const bytes = Buffer.from(whole);
        const text = new LogText();
        let shown = '';
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          shown += text.feed(bytes.subarray(from, to));
          from = Math.max(from, Math.min(to, bytes.length));
        }
        shown += text.end();
        expect(shown).toBe(escapeLog(whole));
      }),
    );
  });
});
