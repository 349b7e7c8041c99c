import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDialect, type Statement } from '../../../../src/config/text/dialect.ts';
import { Sections } from '../../../../src/config/text/sections.ts';

const position = { file: 'f', line: 1 };

/** Texts made of what means something to a reader of INI files or to JavaScript, and of anything else. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['.', '\\', '\\.', '[', ']', '[]', '"', "'", ';', '#', '=', ':', '%', '%2e%', ' '],
        ...['\n', '\r', '\t', '\u2028', '\u2029', '\u0085', '\ufeff', '__proto__', 'constructor'],
        ...['true', 'false', 'null', '0', '{}', '😀', 'a', 'b'],
      ),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

function statementsOf(pairs: ReadonlyArray<readonly [string, string, string]>): Statement[] {
  return pairs.flatMap(([section, key, value]): Statement[] => [
    { kind: 'header', section, position },
    { kind: 'option', section, key, value, position, continuations: [] },
  ]);
}

const merged = (given: Parameters<typeof statementsOf>[0]): Sections => {
  const sections = new Sections();
  sections.merge(statementsOf(given));
  return sections;
};

test('whatever is put in comes out', () => {
  const name = nasty.filter((text) => text !== '' && text !== 'DEFAULT');
  const pairs = fc.array(fc.tuple(name, name, nasty), { maxLength: 8 });
  fc.assert(
    fc.property(pairs, (given) => {
      const expected = new Map<string, Map<string, string>>();
      for (const [section, key, value] of given) {
        const keys = expected.get(section) ?? new Map<string, string>();
        expected.set(section, keys.set(key, value));
      }
      const sections = merged(given);
      const read = sections
        .names()
        .map((section): [string, Map<string, string | undefined>] => [
          section,
          new Map(sections.keys(section).map((key) => [key, sections.get(section, key)?.value])),
        ]);
      expect(new Map(read)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test('names that differ only in an escaped dot stay apart', () => {
  const given = [
    ['a.b', 'k', '1'],
    ['a\\.b', 'k', '2'],
    ['a', 'b', '3'],
  ] as const;
  expect(merged(given).names()).toEqual(['a.b', 'a\\.b', 'a']);
});

describe('written in supervisord’s form and read again', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_./\\"'%[\]{}@!$&*()+,?<>|~^-]{1,12}$/);
  const key = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,10}$/);
  const line = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
  const value = fc.array(line, { minLength: 1, maxLength: 4 });
  const section = fc
    .stringMatching(/^[A-Za-z0-9_.:/ \\%-]{1,12}$/)
    .filter((name) => name !== 'DEFAULT');
  const comment = fc.constantFrom('', ' ; note', '\t# note', ' ;#', ' #;');
  const blank = fc.constantFrom('', '# c\n', '   ; c\n', '\t#\n');
  const option = fc.record({
    key,
    value,
    comment,
    blank,
    delimiter: fc.constantFrom('=', ':', ' = '),
  });
  const file = fc.array(fc.record({ section, options: fc.array(option, { maxLength: 4 }) }), {
    maxLength: 4,
  });

  test('every value, its continuations and its position come back', () => {
    fc.assert(
      fc.property(file, (given) => {
        let text = '';
        const expected = new Map<string, { value: string; line: number }>();
        for (const { section: name, options } of given) {
          text += `[${name}]\n`;
          for (const {
            key: option,
            value: lines,
            comment: note,
            blank: gap,
            delimiter,
          } of options) {
            text += gap;
            const at = text.split('\n').length;
            text += `${option}${delimiter}${lines.join(`${note}\n  `)}${note}\n`;
            expected.set(JSON.stringify([name, option]), { value: lines.join('\n'), line: at });
          }
        }
        const read = readDialect(text, 'f');
        if (!read.ok) throw new Error(read.error.message);
        const sections = new Sections();
        sections.merge(read.value);
        expect(sections.names()).toEqual([...new Set(given.map((each) => each.section))]);
        for (const [identity, { value: text_, line: at }] of expected) {
          const [name, option] = JSON.parse(identity) as [string, string];
          expect(sections.get(name, option)).toEqual({
            value: text_,
            position: { file: 'f', line: at },
          });
        }
      }),
      { numRuns: 500 },
    );
  });
});
