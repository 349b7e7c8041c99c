import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputTail } from '../../../../src/os/command/output-tail.ts';

function tailOf(chunks: readonly Buffer[], maxBytes: number): string {
  const tail = new OutputTail(maxBytes);
  chunks.forEach((chunk) => {
    tail.push(chunk);
  });
  return tail.text();
}

describe('OutputTail', () => {
  it.each([
    ['everything that fits', ['ab', 'cd'], 4, 'abcd'],
    ['the last bytes', ['abc', 'def'], 4, 'cdef'],
    ['the end of one long chunk', ['abcdef'], 2, 'ef'],
    ['nothing when nothing is wanted', ['abc'], 0, ''],
    ['nothing of a silent program', [], 9, ''],
    ['whole characters only', ['aé€'], 4, '€'],
    ['a character that is exactly at the cut', ['aé€'], 5, 'é€'],
  ])('keeps %s', (_, chunks, maxBytes, text) => {
    expect(
      tailOf(
        chunks.map((chunk) => Buffer.from(chunk)),
        maxBytes,
      ),
    ).toBe(text);
  });

  it('is the end of the whole output, however it was cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{0,20}$/)),
        fc.integer({ min: 0, max: 50 }),
        (chunks, maxBytes) => {
          const whole = chunks.join('');
          const text = tailOf(
            chunks.map((chunk) => Buffer.from(chunk)),
            maxBytes,
          );
          expect(text).toBe(whole.slice(Math.max(0, whole.length - maxBytes)));
        },
      ),
    );
  });
});
