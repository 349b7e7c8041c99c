import { err, ok, type Result } from '../../base/result.ts';
import { renderConversion, type Conversion } from './percent-render.ts';

/** The mapping behind %(name)s. */
export interface Names {
  get(name: string): string | number | undefined;
  keys(): Iterable<string>;
}

/** Why a template could not be filled in; `text` is CPython's message. */
export type FormatFault =
  | { readonly kind: 'unknown-name'; readonly name: string }
  | { readonly kind: 'malformed'; readonly text: string };

/** The largest width or precision that is filled in; nobody needs more, and memory is finite. */
const WIDEST = 100_000;
/** The most that one value may become: no argument or variable can exceed 128 KiB (execve(2)). */
const LONGEST = 1024 * 1024;
const NOTHING_LEFT = 'not enough arguments for format string';

/**
 * Python's `template % names` with a mapping (CPython 3.11, Objects/unicodeobject.c), except that a
 * bare %s, into which Python puts the whole environment, is malformed.
 */
export function formatPercent(template: string, names: Names): Result<string, FormatFault> {
  const characters = Array.from(template);
  let filled = '';
  let at = 0;
  // Without a name, the first conversion gets the mapping itself and any later one nothing.
  let isMappingLeft = true;
  let left = LONGEST;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    at += 1;
    if (character !== '%') {
      filled += character;
    } else if (characters[at] === '%') {
      filled += '%';
      at += 1;
    } else {
      const read = readConversion(characters, at, names, isMappingLeft);
      if (!read.ok) return read;
      left -= read.value.text.length;
      if (left < 0) return malformed(`its names come to more than ${LONGEST} characters`);
      filled += read.value.text;
      at = read.value.next;
      isMappingLeft = false;
    }
  }
  return ok(filled);
}

/** What the next conversion gets; undefined when nothing is left, or for the mapping itself. */
type Argument = { readonly value: string | number | undefined } | undefined;

function readConversion(
  characters: readonly string[],
  start: number,
  names: Names,
  isMappingLeft: boolean,
): Result<{ readonly text: string; readonly next: number }, FormatFault> {
  let at = start;
  let argument: Argument = isMappingLeft ? { value: undefined } : undefined;
  if (characters[at] === '(') {
    const end = endOfKey(characters, at);
    if (end === undefined) return malformed('incomplete format key');
    const name = characters.slice(at + 1, end).join('');
    const value = names.get(name);
    if (value === undefined) return err({ kind: 'unknown-name', name });
    argument = { value };
    at = end + 1;
  }
  const form = readForm(characters, at, argument);
  if (!form.ok) return form;
  const { conversion, typeAt } = form.value;
  if (form.value.argument === undefined) return malformed(NOTHING_LEFT);
  const rendered = renderConversion(conversion, form.value.argument.value);
  if (rendered === undefined) {
    const code = (conversion.type.codePointAt(0) ?? 0).toString(16);
    // A type outside printable ASCII is shown as '?'.
    const shown = /^[\x20-\x7e]$/.test(conversion.type) ? conversion.type : '?';
    return malformed(`unsupported format character '${shown}' (0x${code}) at index ${typeAt}`);
  }
  return rendered.ok
    ? ok({ text: rendered.value, next: typeAt + 1 })
    : err({ kind: 'malformed', text: rendered.error });
}

/** Flags, width, precision and type. A '*' takes the argument, and the type gets none. */
function readForm(
  characters: readonly string[],
  start: number,
  given: Argument,
): Result<
  { readonly conversion: Conversion; readonly typeAt: number; readonly argument: Argument },
  FormatFault
> {
  let argument = given;
  let at = start;
  const flags = takeWhile(characters, at, (one) => '-+ #0'.includes(one));
  at += flags.length;
  const readNumber = (): Result<number, FormatFault> => {
    if (characters[at] === '*') {
      if (argument === undefined) return malformed(NOTHING_LEFT);
      if (typeof argument.value !== 'number') return malformed('* wants int');
      argument = undefined;
      at += 1;
      return ok(0);
    }
    const digits = takeWhile(characters, at, isDigit);
    at += digits.length;
    return ok(Number(digits));
  };
  const width = readNumber();
  if (!width.ok) return width;
  if (width.value > WIDEST) return malformed('width too big');
  let precision: number | undefined;
  if (characters[at] === '.') {
    at += 1;
    const read = readNumber();
    if (!read.ok) return read;
    if (read.value > WIDEST) return malformed('precision too big');
    precision = read.value;
  }
  if ('hlL'.includes(characters[at] ?? '?')) at += 1;
  const type = characters[at];
  if (type === undefined) return malformed('incomplete format');
  return ok({ conversion: { flags, width: width.value, precision, type }, typeAt: at, argument });
}

/** The index of the parenthesis that closes the one at `start`; inner ones must balance. */
function endOfKey(characters: readonly string[], start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < characters.length; at += 1) {
    if (characters[at] === '(') depth += 1;
    else if (characters[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

function takeWhile(
  characters: readonly string[],
  start: number,
  matches: (character: string) => boolean,
): string {
  let end = start;
  while (end < characters.length && matches(characters[end] ?? '')) end += 1;
  return characters.slice(start, end).join('');
}

function isDigit(character: string): boolean {
  return /^[0-9]$/.test(character);
}

function malformed(text: string): Result<never, FormatFault> {
  return err({ kind: 'malformed', text });
}
