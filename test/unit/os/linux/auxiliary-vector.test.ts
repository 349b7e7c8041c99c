import { describe, expect, it } from 'vitest';
import {
  kernelConstants,
  parseAuxiliaryVector,
} from '../../../../src/os/linux/auxiliary-vector.ts';

const PAIRS: ReadonlyArray<readonly [number, number]> = [
  [33, 4711],
  [6, 65536],
  [17, 250],
  [0, 0],
];

function vector(wordBytes: 4 | 8, order: 'LE' | 'BE'): Buffer {
  return Buffer.concat(
    PAIRS.flat().map((value) => {
      const word = Buffer.alloc(wordBytes);
      if (wordBytes === 4 && order === 'LE') word.writeUInt32LE(value);
      if (wordBytes === 4 && order === 'BE') word.writeUInt32BE(value);
      if (wordBytes === 8 && order === 'LE') word.writeBigUInt64LE(BigInt(value));
      if (wordBytes === 8 && order === 'BE') word.writeBigUInt64BE(BigInt(value));
      return word;
    }),
  );
}

describe('parseAuxiliaryVector', () => {
  it.each([
    [4, 'LE'],
    [4, 'BE'],
    [8, 'LE'],
    [8, 'BE'],
  ] as const)('reads words of %d bytes, %s', (wordBytes, order) => {
    expect(parseAuxiliaryVector(vector(wordBytes, order), wordBytes, order)).toEqual({
      pageBytes: 65536,
      ticksPerSecond: 250,
    });
  });

  it('falls back on what is usual', () => {
    expect(parseAuxiliaryVector(Buffer.alloc(0), 8, 'LE')).toEqual({
      pageBytes: 4096,
      ticksPerSecond: 100,
    });
  });
});

describe('kernelConstants', () => {
  it('are powers of two and what user space sees everywhere', () => {
    const { pageBytes, ticksPerSecond } = kernelConstants();
    expect(Number.isInteger(Math.log2(pageBytes))).toBe(true);
    expect(ticksPerSecond).toBe(100);
  });
});
