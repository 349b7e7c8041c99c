import { expect, test } from 'vitest';
import { ascii, repr } from '../../../../src/config/python/repr.ts';

test.each([
  ['a', `'a'`],
  [`it's`, `"it's"`],
  [`"q"`, `'"q"'`],
  [`it's "q"`, `'it\\'s "q"'`],
  ['a\\b', `'a\\\\b'`],
  ['\n\r\t', `'\\n\\r\\t'`],
  ['\0\x1b\x7f', `'\\x00\\x1b\\x7f'`],
  ['é😀', `'é😀'`],
  ['\u00a0\u00ad', `'\\xa0\\xad'`],
  ['\u2028\ufeff', `'\\u2028\\ufeff'`],
  ['\u{e0001}', `'\\U000e0001'`],
])('%j', (text, shown) => {
  expect(repr(text)).toBe(shown);
});

test('ascii escapes everything else', () => {
  expect(ascii('aé😀')).toBe(`'a\\xe9\\U0001f600'`);
});
