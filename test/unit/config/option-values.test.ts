import { describe, expect, test } from 'vitest';
import {
  parseAutorestart,
  parseBoolean,
  parseByteSize,
  parseExitCodes,
  parseInetAddress,
  parseInteger,
  parseLogLevel,
  parseOctalNumber,
  parsePort,
  parseSignal,
  splitList,
  type Parse,
} from '../../../src/config/option-values.ts';

/** One parser with what it accepts and what it rejects, in supervisord's words (supervisor.md 1.6). */
interface Row<T> {
  readonly parse: Parse<T>;
  readonly accepts: ReadonlyArray<readonly [string, T]>;
  readonly rejects: ReadonlyArray<readonly [string, string]>;
}

function row<T>(each: Row<T>): Row<unknown> {
  return each;
}

const noInt = (text: string): readonly [string, string] => [
  text,
  `invalid literal for int() with base 10: '${text}'`,
];

const TABLE: Readonly<Record<string, Row<unknown>>> = {
  boolean: row({
    parse: parseBoolean,
    accepts: [
      ...['yes', 'true', 'on', '1', 'Yes', 'ON', 'TrUe'].map((text) => [text, true] as const),
      ...['no', 'false', 'off', '0', 'OFF', 'No'].map((text) => [text, false] as const),
    ],
    rejects: [
      ['t', "not a valid boolean value: 't'"],
      ['2', "not a valid boolean value: '2'"],
      ['', "not a valid boolean value: ''"],
      ["it's", 'not a valid boolean value: "it\'s"'],
      ['yes\nx', "not a valid boolean value: 'yes\\nx'"],
    ],
  }),
  integer: row({
    parse: parseInteger,
    accepts: [
      ['-1', -1],
      ['+3', 3],
      ['1_000', 1000],
      ['007', 7],
      [' 5 ', 5],
      ['100000000000000000000', 1e20],
    ],
    rejects: ['5.0', '0x10', '', '1__0', '_1', '1_', '- 1', 'x'].map(noInt),
  }),
  octal: row({
    parse: parseOctalNumber,
    accepts: [
      ['022', 18],
      ['22', 18],
      ['0o22', 18],
      ['0O22', 18],
      ['0', 0],
      ['-1', -1],
      ['1_0', 8],
    ],
    rejects: ['8', '', '0x1', '0o', 'rwx'].map((text) => [
      text,
      `${text} can not be converted to an octal type`,
    ]),
  }),
  'byte size': row({
    parse: parseByteSize,
    accepts: [
      ['1KB', 1024],
      ['1 MB', 1048576],
      ['2gb', 2147483648],
      ['0', 0],
      ['-1', -1],
      ['1_0kB', 10240],
    ],
    rejects: [
      ['1M', "invalid literal for int() with base 10: '1m'"],
      ['1B', "invalid literal for int() with base 10: '1b'"],
      ['1.5MB', "invalid literal for int() with base 10: '1.5'"],
      ['1TB', "invalid literal for int() with base 10: '1tb'"],
      ['KB', "invalid literal for int() with base 10: ''"],
    ],
  }),
  signal: row({
    parse: parseSignal,
    accepts: [
      ['hup', 1],
      ['SIGTERM', 15],
      ['TERM', 15],
      ['15', 15],
      ['0', 0],
      ['31', 31],
      ['34', 34],
      ['64', 64],
      ['CLD', 17],
      ['RTMIN', 34],
      ['SIGRTMAX', 64],
      ['IOT', 6],
      [' usr1 ', 10],
    ],
    rejects: [
      ['BOGUS', "value 'BOGUS' is not a valid signal name"],
      ['', "value '' is not a valid signal name"],
      ['SIG', "value 'SIG' is not a valid signal name"],
      ...['32', '33', '35', '63', '65', '-1'].map(
        (text) => [text, `value '${text}' is not a valid signal number`] as const,
      ),
    ],
  }),
  exitcodes: row({
    parse: parseExitCodes,
    accepts: [
      ['0', [0]],
      ['0, 2', [0, 2]],
      ['', []],
      ['255', [255]],
    ],
    rejects: ['256', '-1', '0,,2', '0 2', '0,'].map((text) => [
      text,
      `not a valid list of exit codes: '${text}'`,
    ]),
  }),
  autorestart: row({
    parse: parseAutorestart,
    accepts: [
      ['true', true],
      ['OFF', false],
      ['Unexpected', 'unexpected'],
    ],
    rejects: [['Bogus', "invalid 'autorestart' value 'bogus'"]],
  }),
  loglevel: row({
    parse: parseLogLevel,
    accepts: [
      ['info', 'info'],
      ['BLATHER', 'blather'],
    ],
    rejects: ['warning', '10', ''].map((text) => [text, `bad logging level name '${text}'`]),
  }),
  port: row({
    parse: parsePort,
    accepts: [
      ['1', 1],
      ['65535', 65535],
    ],
    rejects: [
      ['0', '0 is below lower bound (1)'],
      ['-5', '-5 is below lower bound (1)'],
      ['65536', '65536 is above upper bound (65535)'],
      ['100000000000000000001', '100000000000000000001 is above upper bound (65535)'],
    ],
  }),
  'inet address': row({
    parse: parseInetAddress,
    accepts: [
      ['9001', { host: '', port: 9001 }],
      ['127.0.0.1:9001', { host: '127.0.0.1', port: 9001 }],
      ['*:9001', { host: '', port: 9001 }],
      [':9001', { host: '', port: 9001 }],
      ['Example.ORG:80', { host: 'example.org', port: 80 }],
    ],
    rejects: [
      ['abc', "not a valid port number: 'abc' "],
      ['0', "not a valid port number: '0' "],
      ['h:0', '0 is below lower bound (1)'],
      ['h:70000', '70000 is above upper bound (65535)'],
      ['h:', "no port number specified in ''"],
      ['h:x', "invalid literal for int() with base 10: 'x'"],
    ],
  }),
};

describe.each(Object.entries(TABLE))('%s', (_, { parse, accepts, rejects }) => {
  test.each(accepts)('%j', (text, value) => {
    expect(parse(text)).toEqual({ ok: true, value });
  });

  test.each(rejects)('%j is an error', (text, error) => {
    expect(parse(text)).toEqual({ ok: false, error });
  });
});

test.each([
  ['a,\n b', ['a', 'b']],
  ['a', ['a']],
  ['a,', ['a', '']],
  ['', []],
] as const)('list %j', (text, items) => {
  expect(splitList(text)).toEqual(items);
});

test('what int() rejects is shown up to 200 characters', () => {
  const read = parseInteger('x'.repeat(300));
  expect(!read.ok && read.error).toBe(
    `invalid literal for int() with base 10: '${'x'.repeat(199)}`,
  );
});
