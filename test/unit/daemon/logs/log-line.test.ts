import { describe, expect, it } from 'vitest';
import { formatLogLine, isLogged } from '../../../../src/daemon/logs/log-line.ts';

describe('formatLogLine', () => {
  it.each([
    ['critical', 'CRIT'],
    ['error', 'ERRO'],
    ['warn', 'WARN'],
    ['info', 'INFO'],
    ['debug', 'DEBG'],
    ['trace', 'TRAC'],
    ['blather', 'BLAT'],
  ] as const)('writes %s as %s, with local time and milliseconds', (level, name) => {
    const time = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
    expect(formatLogLine(time, level, 'hello')).toBe(`2026-01-02 03:04:05,006 ${name} hello`);
  });
});

describe('isLogged', () => {
  it.each([
    ['critical', 'critical', true],
    ['error', 'critical', false],
    ['warn', 'info', true],
    ['info', 'info', true],
    ['debug', 'info', false],
    ['trace', 'blather', true],
    ['blather', 'trace', false],
  ] as const)('%s where %s is logged: %s', (level, threshold, expected) => {
    expect(isLogged(level, threshold)).toBe(expected);
  });
});
