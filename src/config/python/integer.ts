import { err, ok, type Result } from '../../base/result.ts';
import { repr } from './repr.ts';
import { strip } from './text.ts';

const DECIMAL = /^([+-]?)(\d+(?:_\d+)*)$/;
const OCTAL = /^([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/;
/** CPython cuts the repr of the text in this message at so many characters. */
const SHOWN_CHARACTERS = 200;

/** CPython 3.11 reads no more (sys.int_info.default_max_str_digits), since it would take long. */
const MOST_DIGITS = 4300;

/** Python's int(text): sign, digits, single underscores, any magnitude. The error is Python's. */
export function parseInt10(text: string): Result<bigint, string> {
  const [, sign, digits] = DECIMAL.exec(trim(text)) ?? [];
  if (digits === undefined) {
    const shown = Array.from(repr(text)).slice(0, SHOWN_CHARACTERS).join('');
    return err(`invalid literal for int() with base 10: ${shown}`);
  }
  const plain = digits.replaceAll('_', '');
  if (plain.length > MOST_DIGITS) {
    return err(
      `Exceeds the limit (${MOST_DIGITS} digits) for integer string conversion: value has ${plain.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  const magnitude = BigInt(plain);
  return ok(sign === '-' ? -magnitude : magnitude);
}

/** Python's int(text, 8), '0o22' and '022' alike; undefined when it is no octal number. */
export function parseOctal(text: string): number | undefined {
  const [, sign, digits] = OCTAL.exec(trim(text)) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = Number.parseInt(digits.replaceAll('_', ''), 8);
  return sign === '-' ? -magnitude : magnitude;
}

/** int() does not take the separators U+001C to U+001F for white space, unlike str.strip(). */
function trim(text: string): string {
  return /[\x1c-\x1f]/.test(text) ? text : strip(text);
}
