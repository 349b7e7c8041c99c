import { describe, expect, it } from 'vitest';
import { shellWord, shown } from '../../../../src/terminal/text/shown.ts';

describe('words from outside', () => {
  it('are trimmed, free of passwords and escaped', () => {
    expect(shown(' http://u:p@h/\u001b[0m\n')).toBe('http://u:***@h/\\x1b[0m');
  });

  it.each([
    ['usercenter', 'usercenter'],
    ['web:api', 'web:api'],
    ['web:*', "'web:*'"],
    ['/srv/my app', "'/srv/my app'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
  ])('%j is %j for a shell', (text, expected) => {
    expect(shellWord(text)).toBe(expected);
  });
});
