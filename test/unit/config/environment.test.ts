import { describe, expect, test } from 'vitest';
import { parseEnvironment } from '../../../src/config/environment.ts';

type Pairs = Readonly<Record<string, string>>;
type Outcome = Pairs | string;

const END = (value: string): string => `Unexpected end of key/value pairs in value '${value}'`;

/** value, up to 4.3, and HEAD where that differs (supervisor.md 1.6). */
const TABLE: ReadonlyArray<readonly [string, Outcome, Outcome?]> = [
  [`A="1",B='x y',C=/usr/bin:/bin`, { A: '1', B: 'x y', C: '/usr/bin:/bin' }],
  ['A = 1 , B= 2', { A: '1', B: '2' }],
  ['A=1,', { A: '1' }],
  ['A=1,\nB=2', { A: '1', B: '2' }],
  ['', {}],
  ['A=', END('A=')],
  ['A', END('A')],
  ['A=1,,B=2', END('A=1,,B=2')],
  ['A=a@b', END('A=a@b')],
  ['A=a=b', END('A=a=b')],
  ['A=[x]', END('A=[x]')],
  ['A="1" B="2"', END('A="1" B="2"')],
  ['A="",B=1', { A: '', B: '1' }],
  ['A="a,b;c=d#e@f"', { A: 'a,b;c=d#e@f' }],
  ['A=a b', { A: 'a' }],
  ['A=http://x/y?q=1', { A: 'http://x/y', q: '1' }],
  ['A=$HOME', { A: '$' }],
  ['A=x#y', { A: 'x' }],
  ['A="x\\"y"', { A: 'x\\' }, { A: 'x"y' }],
  ['A="a\\\\b"', { A: 'a\\\\b' }, { A: 'a\\b' }],
  ['A="{\\"k\\": 1}"', END('A="{\\"k\\": 1}"'), { A: '{"k": 1}' }],
  [`A="'x'"`, { A: 'x' }, { A: "'x'" }],
  [`A='it''s'`, { A: 'it' }, { A: 'its' }],
  ['A=x"y"', { A: 'x"y' }, { A: 'xy' }],
  ['A="unterminated', 'No closing quotation'],
  ['A=x#y\nz,B=2', { A: 'xz', B: '2' }, END('A=x#y\nz,B=2')],
  ['A=é', { A: 'é' }],
  ['A=aé', { A: 'a' }, { A: 'aé' }],
  ['A=1,A=2', { A: '2' }],
  ['A=b\\', { A: 'b' }, 'No escaped character'],
];

const outcome = (value: string, dialect: '4.2' | 'head'): Outcome => {
  const read = parseEnvironment(value, dialect);
  return read.ok ? Object.fromEntries(read.value) : read.error;
};

describe.each([['4.2', 1] as const, ['head', 2] as const])('%s', (dialect, column) => {
  test.each(TABLE.map((row) => [row[0], row[column] ?? row[1]] as const))(
    '%j',
    (value, expected) => {
      expect(outcome(value, dialect)).toEqual(expected);
    },
  );
});
