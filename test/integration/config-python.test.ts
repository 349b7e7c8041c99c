// The pieces of Python on which supervisord's reading of its file rests, against Python itself.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDialect } from '../../src/config/text/dialect.ts';
import { parseEnvironment } from '../../src/config/environment.ts';
import { realFiles } from '../../src/config/text/files.ts';
import { glob } from '../../src/config/python/glob.ts';
import { parseInt10, parseOctal } from '../../src/config/python/integer.ts';
import { formatPercent } from '../../src/config/python/percent-format.ts';
import { ascii, repr } from '../../src/config/python/repr.ts';
import { Sections } from '../../src/config/text/sections.ts';
import { splitCommand } from '../../src/config/split-command.ts';
import { pythonForTests } from '../rig/python.ts';
import { askPython, hasReferenceMessages, makeTree, removeTree } from './config-python.ts';

const python = await pythonForTests('oldest');

/** The same cases in every run: what fails here fails everywhere. */
const SEED = 20240229;

function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { seed: SEED, numRuns });
}

/** Texts put together from `parts`. */
function textOf(parts: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts), { maxLength }).map((each) => each.join(''));
}

/** One list for all cases, so that a failure shows each case that differs. */
function compare<Case>(
  cases: readonly Case[],
  ours: (one: Case) => unknown,
  theirs: unknown,
): void {
  const answers = theirs as readonly unknown[];
  const different = cases
    .map((one, index) => ({ one, ours: ours(one), theirs: answers[index] }))
    .filter((each) => JSON.stringify(each.ours) !== JSON.stringify(each.theirs));
  expect(answers).toHaveLength(cases.length);
  expect(different.slice(0, 5)).toEqual([]);
}

describe.skipIf(python === undefined)('as Python does it', () => {
  if (python === undefined) return;
  const isReference = hasReferenceMessages(python);
  /** Messages of Python itself are compared where they are those of the reference. */
  const failure = (message: string): unknown => ['bad', isReference ? message : ''];
  const shown = `(lambda e: ['bad', str(e) if ${isReference ? 'True' : 'False'} else ''])`;

  test('lines, sections, merging and %(here)s', () => {
    const parts = [
      ...[
        '[a]',
        '[b]',
        '[a.b]',
        '[a\\.b]',
        '[__proto__]',
        '[DEFAULT]',
        '[c]d]',
        '[',
        'x',
        'y',
        'X',
      ],
      ...[
        'x[]',
        '__proto__',
        'constructor',
        '=',
        ':',
        ' = ',
        '\n',
        '\n',
        '\n',
        '\n  ',
        '\n\t',
        '\n ',
      ],
      ...['\r\n', '\r', ' ', '\t', ';', '#', ' ;', ' #', '"', "'", '\\', 'v', 'true', 'null', '1'],
      ...['\u00a0', '\u2028', '\x1f', '\x85', '\ufeff', 'é', '😀', '%(here)s', '%', '{', '}', '.'],
      ...['a=b', '\nx=1', '\ny: 2', '\n[a]\n', '\n[b]\n', '\n  x=3'],
    ];
    const file = fc.tuple(fc.constantFrom('[a]\n', '[a]\n', '[a]\n', ''), textOf(parts, 14));
    const files = fc.array(
      file.map((each) => each.join('')),
      { minLength: 1, maxLength: 2 },
    );
    const cases = sample(files, 5000);
    const script = `
import configparser, io, json, sys
HERE = '%(here)s'
out = []
for files in json.load(sys.stdin):
    p = configparser.RawConfigParser(inline_comment_prefixes=(';', '#'), strict=False)
    try:
        for i, text in enumerate(files):
            p.read_file(io.TextIOWrapper(io.BytesIO(text.encode()), encoding='utf-8'), source='f%d' % i)
            if len(files) > 1:
                for s in p.sections():
                    for k, v in p.items(s):
                        if HERE in v:
                            p.set(s, k, v.replace(HERE, '/d%d' % i))
        out.append(['ok', [[s, sorted([k, p.get(s, k)] for k in p.options(s))] for s in p.sections()]])
    except configparser.Error as e:
        out.append(${shown}(e))
print(json.dumps(out))
`;
    const read = (texts: readonly string[]): unknown => {
      const sections = new Sections();
      for (const [index, text] of texts.entries()) {
        const statements = readDialect(text, `f${index}`);
        if (!statements.ok) return failure(statements.error.message);
        sections.merge(statements.value);
        if (texts.length > 1) sections.substituteHere(`/d${index}`);
      }
      const entries = (name: string): unknown =>
        sections
          .keys(name)
          .map((key) => [key, sections.get(name, key)?.value])
          .toSorted(([left = ''], [right = '']) => Buffer.compare(utf32(left), utf32(right)));
      return ['ok', sections.names().map((name) => [name, entries(name)])];
    };
    compare(cases, read, askPython(python, script, cases));
  });

  test('%-expansion', () => {
    const names: Array<[string, string | number]> = [
      ['n', 3],
      ['m', 12345678],
      ['z', 0],
      ['neg', -7],
      ['s', 'héllo'],
      ['x', 'q'],
      ['(p)', 'in'],
    ];
    const conversion = fc
      .tuple(
        fc.constantFrom('(n)', '(m)', '(z)', '(neg)', '(s)', '(x)', '((p))', '(nope)'),
        fc.constantFrom('', '-', '0', '+', ' ', '#', '-0', '+0', '#0', '0 '),
        fc.constantFrom('', '1', '5', '12'),
        fc.constantFrom('', '.', '.0', '.3', '.10'),
        fc.constantFrom('', 'l'),
        fc.constantFrom(...Array.from('diouxXeEfFgGcsra%Y')),
      )
      .map((each) => `a%${each.join('')}b`);
    const loose = textOf([...Array.from('%(n)dsfcx50.- +#l*Yé('), '%', '%%', '%(n)', '%(s)'], 8);
    const cases = sample(fc.oneof(conversion, loose), 8000);
    const script = `
import json, sys
given = json.load(sys.stdin)
names = dict(given['names'])
out = []
for template in given['cases']:
    try:
        out.append(['ok', template % names])
    except KeyError as e:
        out.append(['key', e.args[0]])
    except Exception as e:
        out.append(${shown}(e))
print(json.dumps(out))
`;
    const theirs = askPython(python, script, { names, cases }) as unknown[];
    const fill = (template: string): unknown => {
      const filled = formatPercent(template, new Map(names));
      if (filled.ok) return ['ok', filled.value];
      if (filled.error.kind === 'unknown-name') return ['key', filled.error.name];
      // The one difference: Python shows the mapping, the environment in it.
      if (filled.error.text.includes('needs a name in parentheses')) {
        return theirs[cases.indexOf(template)];
      }
      return failure(filled.error.text);
    };
    compare(cases, fill, theirs);
  });

  test('commands and environment=', () => {
    const parts = [
      ...Array.from(`ab='",;#\\ \n\t@$/(){}:é.-`),
      'A=',
      'B="',
      ',',
      '""',
      "''",
      '\\"',
      '\\\\',
    ];
    const cases = sample(textOf(parts, 12), 8000);
    const script = `
import json, shlex, sys
def pairs(text, posix):
    lexer = shlex.shlex(text, posix=posix)
    lexer.wordchars += '/.+-():'
    tokens = list(lexer)
    found = {}
    for i in range(0, len(tokens), 4):
        triple = tokens[i:i + 3]
        if len(triple) != 3 or triple[1] != '=':
            raise ValueError("Unexpected end of key/value pairs in value '%s'" % text)
        found[triple[0]] = triple[2] if posix else triple[2].strip('\\'"')
    return sorted(found.items())
def attempt(action):
    try:
        return ['ok', action()]
    except ValueError as e:
        return ['bad', str(e)]
print(json.dumps([[attempt(lambda: shlex.split(t)), attempt(lambda: pairs(t, False)), attempt(lambda: pairs(t, True))]
                  for t in json.load(sys.stdin)]))
`;
    const pairs = (text: string, dialect: '4.2' | 'head'): unknown => {
      const read = parseEnvironment(text, dialect);
      if (!read.ok) return ['bad', read.error];
      const sorted = [...read.value].toSorted(([left], [right]) =>
        Buffer.compare(utf32(left), utf32(right)),
      );
      return ['ok', sorted];
    };
    const split = (text: string): unknown => {
      const read = splitCommand(text);
      return read.ok ? ['ok', read.value] : ['bad', read.error];
    };
    const all = (text: string): unknown => [split(text), pairs(text, '4.2'), pairs(text, 'head')];
    compare(cases, all, askPython(python, script, cases));
  });

  test('numbers and shown texts', () => {
    const cases = sample(
      fc.oneof(
        textOf([...Array.from('0123456789_+-.oxOb '), '0o', '\t', '\u00a0'], 6),
        fc.string({ unit: 'binary-ascii', maxLength: 8 }),
        textOf(["'", '"', '\\', '\n', '\x1b', '\x7f', '\u00ad', '\u2028', '\ufeff', '😀', 'a'], 6),
      ),
      4000,
    );
    const script = `
import json, sys
def attempt(action):
    try:
        return str(action())
    except ValueError:
        return None
print(json.dumps([[attempt(lambda: int(t)), attempt(lambda: int(t, 8)), repr(t), ascii(t)] for t in json.load(sys.stdin)]))
`;
    const all = (text: string): unknown => {
      const decimal = parseInt10(text);
      const octal = parseOctal(text);
      return [
        decimal.ok ? decimal.value.toString() : null,
        octal === undefined ? null : String(octal === 0 ? 0 : octal),
        repr(text),
        ascii(text),
      ];
    };
    compare(cases, all, askPython(python, script, cases));
  });

  describe('patterns of [include]', () => {
    let directory = '';
    beforeAll(() => {
      directory = makeTree(
        Object.fromEntries(
          [
            ...['a.conf', 'b.conf', 'B.conf', 'a-z', 'a]', '.dot', '^', '!', 'x.y+z', 'é', '😀'],
            ...['sub/one/x', 'sub/two/x', 'sub/two/.y', 'sub/[z]', 'sub/.h/x', 'empty/'],
          ].map((name) => [name, '']),
        ),
      );
    });
    afterAll(() => {
      removeTree(directory);
    });

    test('find the same files', () => {
      const parts = ['*', '**', '?', '[', ']', '[a-c]', '[!a]', '[]', '-', '/', 'a', 'b', '.'];
      const more = ['.conf', 'sub', 'sub/', '/x', 'two', '^', '!', '+', 'empty', '[^]'];
      const cases = sample(textOf([...parts, ...more], 5), 3000)
        .filter((pattern) => !pattern.startsWith('/') && !pattern.includes('..'))
        .map((pattern) => `${directory}/${pattern}`);
      const script = `
import glob, json, sys
print(json.dumps([sorted(glob.glob(p)) for p in json.load(sys.stdin)]))
`;
      compare(cases, (pattern) => glob(pattern, realFiles), askPython(python, script, cases));
    });
  });
});

/** Bytes that sort as code points do. */
function utf32(text: string): Buffer {
  const buffer = Buffer.alloc(text.length * 4);
  for (const [index, character] of Array.from(text).entries()) {
    buffer.writeUInt32BE(character.codePointAt(0) ?? 0, index * 4);
  }
  return buffer.subarray(0, Array.from(text).length * 4);
}
