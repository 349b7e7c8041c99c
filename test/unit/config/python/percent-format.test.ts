import { describe, expect, test } from 'vitest';
import { formatPercent } from '../../../../src/config/python/percent-format.ts';

const NAMES = new Map<string, string | number>([
  ['n', 3],
  ['neg', -7],
  ['big', 12345678],
  ['zero', 0],
  ['s', 'héllo'],
  ['x', 'q'],
  ['(p)', 'in'],
]);

/** Each row was seen in CPython 3.11. */
test.each([
  ['%(s)s|%(s)8s|%(s)-8s|%(s).2s|', 'héllo|   héllo|héllo   |hé|'],
  ['%(s)r %(s)a', "'héllo' 'h\\xe9llo'"],
  ['%(n)d %(n)i %(n)u %(n)s %(n)r', '3 3 3 3 3'],
  ['%(n)03d|%(n)-3d|%(n)+d|%(n) d|%(neg)04d', '003|3  |+3| 3|-007'],
  ['%(n)-03d|%(n)5.3d|%(n)05.3d', '3  |  003|00003'],
  ['%(n)ld %(n)hd', '3 3'],
  ['%(big)x %(big)X %(big)#x %(big)#o %(neg)#010x', 'bc614e BC614E 0xbc614e 0o57060516 -0x0000007'],
  ['%(n)f %(n).2f %(n).0f %(n)#.0f', '3.000000 3.00 3 3.'],
  ['%(big)e %(big).2E %(zero)e', '1.234568e+07 1.23E+07 0.000000e+00'],
  ['%(big)g %(n)g %(n)#g %(zero)g %(big).9g', '1.23457e+07 3 3.00000 0 12345678'],
  ['%(x)c|%(x)3c|%(n)c', 'q|  q|\u0003'],
  ['%((p))s', 'in'],
  ['100%%', '100%'],
  ['%%(n)s', '%(n)s'],
  ['', ''],
])('%j', (template, filled) => {
  expect(formatPercent(template, NAMES)).toEqual({ ok: true, value: filled });
});

describe('faults', () => {
  test.each([
    ['%(s)d', '%d format: a real number is required, not str'],
    ['%(s)X', '%X format: an integer is required, not str'],
    ['%(s)f', 'must be real number, not str'],
    ['%(s)c', '%c requires int or char'],
    ['%(neg)c', '%c arg not in range(0x110000)'],
    ['%x', '%x format: an integer is required, not dict'],
    ['%c', '%c requires int or char'],
    ['%', 'incomplete format'],
    ['%(s)', 'incomplete format'],
    ['%(s)5', 'incomplete format'],
    ['%(s', 'incomplete format key'],
    ['%(s)*d', '* wants int'],
    ['%*d', '* wants int'],
    ['%(n)*d', 'not enough arguments for format string'],
    ['%(n).*d', 'not enough arguments for format string'],
    ['%(n)*.*d', 'not enough arguments for format string'],
    ['%(n)*', 'incomplete format'],
    ['%5%', "unsupported format character '%' (0x25) at index 2"],
    ['%(n)é', "unsupported format character '?' (0xe9) at index 4"],
    ['%(n)s%d', 'not enough arguments for format string'],
    ['%(n)9999999d', 'width too big'],
    ['%(n).9999999d', 'precision too big'],
  ])('%j', (template, text) => {
    expect(formatPercent(template, NAMES)).toEqual({
      ok: false,
      error: { kind: 'malformed', text },
    });
  });

  test('an unknown name', () => {
    expect(formatPercent('%(a(b)c)s', NAMES)).toEqual({
      ok: false,
      error: { kind: 'unknown-name', name: 'a(b)c' },
    });
  });
});
