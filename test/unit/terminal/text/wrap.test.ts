import { describe, expect, it } from 'vitest';
import { wrapHanging, wrapText } from '../../../../src/terminal/text/wrap.ts';

describe('wrapText', () => {
  it('breaks at blanks', () => {
    expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  });

  it('keeps a path whole even where it is too long', () => {
    expect(wrapText('see /a/very/long/path now', 8)).toEqual(['see', '/a/very/long/path', 'now']);
  });

  it('keeps a command in backticks whole, with what follows it', () => {
    expect(wrapText('then `reloadctl start x`.', 12)).toEqual(['then', '`reloadctl start x`.']);
  });

  it('takes a lone backtick as a character', () => {
    expect(wrapText('a ` b', 3)).toEqual(['a `', 'b']);
  });

  it('breaks words only when asked to', () => {
    expect(wrapText('abcdefgh ij', 3, { breakWords: true })).toEqual(['abc', 'def', 'gh', 'ij']);
  });

  it('hangs the other lines under the first', () => {
    expect(wrapHanging('  ! ', 'one two three', 15)).toEqual(['  ! one two', '    three']);
  });

  it('gives one empty line for nothing', () => {
    expect(wrapText('', 10)).toEqual(['']);
  });
});
