import { parse } from 'ini';
import type { Statement } from './dialect.ts';

/** Values by section and key. */
export type Values = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The statements as text that the ini library reads exactly. Its own ini.safe is not enough for that: it leaves backslashes, which
 * ini.unsafe then halves, and a name with a dot or ending in '[]' changes the shape of the result. So each value is a JSON
 * string on one line, and each name consists of characters that mean nothing to the library.
 */
export function toIniText(statements: readonly Statement[]): string {
  return statements
    .map((statement) =>
      statement.kind === 'header'
        ? `[${escapeName(statement.section)}]\n`
        : `${escapeName(statement.key)}=${quote(statement.value)}\n`,
    )
    .join('');
}

/** What the ini library reads from the text of {@link toIniText}: repeated sections merged, the last of repeated keys. */
export function readIniText(text: string): Values {
  const values = new Map<string, ReadonlyMap<string, string>>();
  const sections: unknown = parse(text);
  for (const [section, keys] of entriesOf(sections)) {
    values.set(
      unescapeName(section),
      // The library turns the strings true, false and null into values of JavaScript; String() is the way back.
      new Map(entriesOf(keys).map(([key, value]) => [unescapeName(key), String(value)])),
    );
  }
  return values;
}

function entriesOf(value: unknown): ReadonlyArray<[string, unknown]> {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Anything but plain characters as %HEX%; a leading underscore too, since '__proto__' is dropped by the library. */
function escapeName(name: string): string {
  return name.replace(
    /^_|[^A-Za-z0-9:_-]/gu,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16)}%`,
  );
}

function unescapeName(escaped: string): string {
  return escaped.replace(/%([0-9a-f]+)%/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}

/** JSON, with the two line separators that JSON leaves and the library's regular expression takes for line ends. */
function quote(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (separator) =>
    separator === '\u2028' ? '\\u2028' : '\\u2029',
  );
}
