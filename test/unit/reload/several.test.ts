import { describe, expect, it } from 'vitest';
import type { ExitCode } from '../../../src/base/errors.ts';
import { exitCodeOf, mayGoOn } from '../../../src/reload/several.ts';

describe('the exit code of several', () => {
  it.each<readonly [ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 0], 0],
    [[0, 11, 0], 11],
    [[11, 10], 10],
    [[0, 7], 7],
    [[10, 12], 12],
    [[130, 10], 130],
    [[13, 1], 1],
    [[13, 10], 10],
  ])('%j is %d', (codes, code) => {
    expect(exitCodeOf('reload', codes)).toBe(code);
  });

  it.each<readonly [ExitCode[], ExitCode]>([
    [[0, 11], 11],
    [[1, 0, 7], 7],
    [[7, 1, 11], 1],
    [[12, 1], 1],
  ])('%j is %d for a start and a stop, as supervisorctl has it', (codes, code) => {
    expect(exitCodeOf('start', codes)).toBe(code);
    expect(exitCodeOf('stop', codes)).toBe(code);
  });

  it('lets the others go on after a KILL, and after no failure', () => {
    const codes: readonly ExitCode[] = [0, 1, 7, 10, 11, 12, 13, 130, 143];
    expect(codes.filter(mayGoOn)).toEqual([0, 11]);
  });
});
