import { describe, expect, it } from 'vitest';
import {
  countOf,
  formatAge,
  formatBytes,
  formatCompact,
  formatDuration,
  formatSpan,
} from '../../../../src/terminal/text/quantities.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('quantities', () => {
  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [212, '0.2 s'],
    [3_349, '3.3 s'],
    [12_000, '12.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [125_000, '2 min 5 s'],
    [HOUR - 400, '1 h'],
    [3 * HOUR + 12 * MINUTE + 20 * SECOND, '3 h 12 min'],
    [2 * HOUR - 20 * SECOND, '2 h'],
  ])('a measured time of %i ms is %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    [500, '0.5 s'],
    [1_500, '1.5 s'],
    [30_000, '30 s'],
    [120_000, '2 min'],
  ])('a configured time of %i ms is %j', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  it.each([
    [45 * SECOND, '45s'],
    [12 * MINUTE + 59 * SECOND, '12m'],
    [3 * HOUR + 12 * MINUTE, '3h12m'],
    [5 * DAY + 4 * HOUR, '5d4h'],
  ])('an uptime of %i ms is %j', (ms, text) => {
    expect(formatCompact(ms)).toBe(text);
  });

  it.each([
    [400, 'just now'],
    [45 * SECOND, '45s ago'],
    [3 * HOUR, '3h ago'],
    [12 * DAY, '12d ago'],
  ])('%i ms before now is %j', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  it.each([
    [812, '812 B'],
    [1_023.5 * 1_024, '1.0 MiB'],
    [48 * 2 ** 20, '48 MiB'],
    [1.25 * 2 ** 30, '1.3 GiB'],
    [9.96 * 2 ** 30, '10 GiB'],
    [3 * 2 ** 50, '3072 TiB'],
  ])('%d bytes are %j', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('counts one of a thing and many', () => {
    expect(countOf(1, 'worker')).toBe('1 worker');
    expect(countOf(0, 'worker')).toBe('0 workers');
    expect(countOf(2, 'process', 'processes')).toBe('2 processes');
  });
});
