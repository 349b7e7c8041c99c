import { describe, expect, it } from 'vitest';
import {
  parseMaintailWords,
  parseTailWords,
  type MaintailRequest,
  type TailRequest,
} from '../../../../src/commands/supervisorctl/parse-tail-words.ts';

const misuse = (message: string, help = false): TailRequest & MaintailRequest => ({
  kind: 'misuse',
  message,
  help,
});
const read = (bytes: number, channel: 'stdout' | 'stderr' = 'stdout'): TailRequest => ({
  kind: 'read',
  name: 'a',
  channel,
  bytes,
});

describe('parseTailWords', () => {
  it.each<[string, TailRequest]>([
    ['', misuse('Error: too few arguments', true)],
    ['-5 a stdout b', misuse('Error: too many arguments', true)],
    ['-f', misuse('Error: tail requires process name')],
    ['a', read(1600)],
    ['a stderr', read(1600, 'stderr')],
    ['a STDERR', read(1600, 'stderr')],
    ['a b stderr', read(1600, 'stderr')],
    ['a Foo', misuse("Error: bad channel 'foo'")],
    ['-x a foo', misuse("Error: bad channel 'foo'")],
    ["a it's", misuse('Error: bad channel "it\'s"')],
    ['a -f', misuse("Error: bad channel '-f'")],
    ['-f a', { kind: 'follow', name: 'a', channel: 'stdout' }],
    ['-f a stderr', { kind: 'follow', name: 'a', channel: 'stderr' }],
    ['-100 a', read(100)],
    ['-0 a', read(0)],
    ['-+7 a', read(7)],
    ['-1_000 a', read(1000)],
    ['--5 a', read(-5)],
    ['-99999999999999999999 a', read(Number.MAX_SAFE_INTEGER)],
    ['- a', misuse('Error: bad argument -')],
    ['-ff a', misuse('Error: bad argument -ff')],
    ['-1.5 a', misuse('Error: bad argument -1.5')],
  ])('%s', (words, expected) => {
    expect(parseTailWords(words === '' ? [] : words.split(' '))).toEqual(expected);
  });
});

describe('parseMaintailWords', () => {
  it.each<[string, MaintailRequest]>([
    ['', { kind: 'read', bytes: 1600 }],
    ['-f', { kind: 'follow' }],
    ['-20', { kind: 'read', bytes: 20 }],
    ['-0', { kind: 'read', bytes: 0 }],
    ['5', misuse('Error: bad argument 5')],
    ['-x', misuse('Error: bad argument -x')],
    ['-', misuse('Error: bad argument -')],
    ['-5 -6', misuse('Error: too many arguments', true)],
  ])('%s', (words, expected) => {
    expect(parseMaintailWords(words === '' ? [] : words.split(' '))).toEqual(expected);
  });
});
