import { err, ok, type Result } from '../../base/result.ts';
import { ascii, repr } from './repr.ts';

/** One %-conversion as written: %(key)flags width .precision type. */
export interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** What a conversion is given: an integer, a text, or undefined for the whole mapping. */
type Value = string | number | undefined;

/**
 * One value as a %-conversion asks for it; undefined for an unknown type. The error is CPython's.
 */
export function renderConversion(
  conversion: Conversion,
  value: Value,
): Result<string, string> | undefined {
  const { type } = conversion;
  switch (type) {
    case 's':
      return renderText(conversion, value, (text) => text);
    case 'r':
      return renderText(conversion, value, repr);
    case 'a':
      return renderText(conversion, value, ascii);
    case 'd':
    case 'i':
    case 'u':
      return typeof value === 'number'
        ? ok(renderInteger(conversion, value, 10))
        : err(`%${type} format: a real number is required, not ${typeName(value)}`);
    case 'o':
      return renderRadix(conversion, value, 8);
    case 'x':
    case 'X':
      return renderRadix(conversion, value, 16);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return typeof value === 'number'
        ? ok(renderReal(conversion, value))
        : err(`must be real number, not ${typeName(value)}`);
    case 'c':
      return renderCharacter(conversion, value);
    default:
      return undefined;
  }
}

function renderText(
  conversion: Conversion,
  value: Value,
  show: (text: string) => string,
): Result<string, string> {
  if (value === undefined) {
    return err(
      `%${conversion.type} needs a name in parentheses, as in %(here)s; write %% for one %`,
    );
  }
  const text = typeof value === 'number' ? String(value) : show(value);
  const { precision } = conversion;
  const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('');
  return ok(pad(conversion, '', cut, ' '));
}

function typeName(value: Value): string {
  return value === undefined ? 'dict' : 'str';
}

function renderRadix(conversion: Conversion, value: Value, radix: 8 | 16): Result<string, string> {
  return typeof value === 'number'
    ? ok(renderInteger(conversion, value, radix))
    : err(`%${conversion.type} format: an integer is required, not ${typeName(value)}`);
}

function renderInteger(conversion: Conversion, value: number, radix: 8 | 10 | 16): string {
  const digits = Math.abs(value)
    .toString(radix)
    .padStart(conversion.precision ?? 1, '0');
  const marked = conversion.flags.includes('#') && radix !== 10;
  const prefix = marked ? `0${radix === 8 ? 'o' : conversion.type}` : '';
  const body = conversion.type === 'X' ? digits.toUpperCase() : digits;
  return pad(conversion, signOf(conversion, value) + prefix, body, '0');
}

function renderReal(conversion: Conversion, value: number): string {
  const magnitude = Math.abs(value);
  const precision = conversion.precision ?? 6;
  const alternate = conversion.flags.includes('#');
  const lower = conversion.type.toLowerCase();
  let body: string;
  if (lower === 'f') body = exactDigits(magnitude, precision, alternate);
  else if (lower === 'e') body = exponential(magnitude, precision, alternate);
  else body = general(magnitude, precision === 0 ? 1 : precision, alternate);
  const cased = conversion.type === lower ? body : body.toUpperCase();
  return pad(conversion, signOf(conversion, value), cased, '0');
}

/** %f of an integer: toFixed() stops at 100 places, and only zeros follow the point. */
function exactDigits(magnitude: number, places: number, alternate: boolean): string {
  if (places === 0) return alternate ? `${magnitude}.` : String(magnitude);
  return `${magnitude}.${'0'.repeat(places)}`;
}

function exponential(magnitude: number, places: number, alternate: boolean): string {
  const [mantissa = '0', exponent = '+0'] = magnitude
    .toExponential(Math.min(places, 100))
    .split('e');
  const zeros = '0'.repeat(Math.max(0, places - 100));
  const point = places === 0 && alternate ? '.' : '';
  return `${mantissa}${zeros}${point}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}

/** %g: at most `digits` significant digits; trailing zeros only in the alternate form. */
function general(magnitude: number, digits: number, alternate: boolean): string {
  const exponent = magnitude === 0 ? 0 : Math.floor(Math.log10(magnitude));
  const [, rounded = '+0'] = magnitude.toExponential(Math.min(digits - 1, 100)).split('e');
  const isScientific = Math.max(exponent, Number(rounded)) >= digits;
  const full = isScientific
    ? exponential(magnitude, digits - 1, alternate)
    : exactDigits(magnitude, digits - 1 - exponent, alternate);
  return alternate ? full : full.replace(/\.0*(?=e|$)|(\.[0-9]*?[1-9])0+(?=e|$)/, '$1');
}

function renderCharacter(conversion: Conversion, value: Value): Result<string, string> {
  if (typeof value !== 'number') {
    return value !== undefined && Array.from(value).length === 1
      ? ok(pad(conversion, '', value, ' '))
      : err('%c requires int or char');
  }
  if (value < 0 || value > 0x10ffff) return err('%c arg not in range(0x110000)');
  return ok(pad(conversion, '', String.fromCodePoint(value), ' '));
}

function signOf(conversion: Conversion, value: number): string {
  if (value < 0) return '-';
  if (conversion.flags.includes('+')) return '+';
  return conversion.flags.includes(' ') ? ' ' : '';
}

/** Pads to the width: on the right with '-', else on the left; zeros go after the sign. */
function pad(conversion: Conversion, prefix: string, body: string, zero: '0' | ' '): string {
  const missing = conversion.width - Array.from(prefix + body).length;
  if (missing <= 0) return prefix + body;
  if (conversion.flags.includes('-')) return prefix + body + ' '.repeat(missing);
  if (conversion.flags.includes('0') && zero === '0') return prefix + '0'.repeat(missing) + body;
  return ' '.repeat(missing) + prefix + body;
}
