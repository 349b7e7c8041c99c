import { describe, expect, it } from 'vitest';
import { createAnsiStripper } from '../../../../src/daemon/logs/strip-ansi.ts';

const ESC = '\x1b';

/** What is left of the chunks, and of their end. */
function strip(...chunks: readonly string[]): readonly string[] {
  const stripper = createAnsiStripper();
  return [...chunks.map((chunk) => stripper.strip(Buffer.from(chunk))), stripper.end()].map(String);
}

describe('createAnsiStripper', () => {
  it.each([
    ['no escape at all', ['plain é'], ['plain é', '']],
    ['colours', [`a${ESC}[1;31mred${ESC}[0m b`], ['ared b', '']],
    ['a sequence at each end', [`${ESC}[2J${ESC}[H`], ['', '']],
    ['an escape without bracket', [`a${ESC}Mb`], [`a${ESC}Mb`, '']],
    ['two escapes in a row', [`a${ESC}${ESC}[mb`], [`a${ESC}b`, '']],
    // supervisord knows few letters: 'n' does not end a sequence, the next letter of its list does.
    ['a letter that ends nothing', [`a${ESC}[6nxyzm b`], ['a b', '']],
    ['a sequence over two chunks', [`a${ESC}[3`, '1mred'], ['a', 'red', '']],
    ['a sequence over three chunks', [`a${ESC}`, '[', '31mred'], ['a', '', 'red', '']],
    ['a sequence that is not ended in its chunk', [`a${ESC}[6nxyz`, 'text'], ['a', 'text', '']],
    ['an escape at the end of a chunk', [`a${ESC}`, 'b'], ['a', `${ESC}b`, '']],
    ['an escape at the very end', [`a${ESC}`], ['a', ESC]],
  ])('knows %s', (_, chunks, left) => {
    expect(strip(...chunks)).toEqual(left);
  });
});
