import { describe, expect, it } from 'vitest';
import {
  describeProcess,
  type DescribedProcess,
} from '../../../../src/daemon/process/describe-process.ts';

const NOON = Math.floor(new Date(2024, 10, 20, 12, 5).getTime() / 1000);
const base: DescribedProcess = {
  name: 'p',
  state: 'RUNNING',
  pid: 7,
  startEpochS: 1000,
  stopEpochS: 0,
  nowEpochS: 1000,
  spawnError: '',
};

describe('the description of a process', () => {
  it.each([
    [0, '0:00:00'],
    [-5, '0:00:00'],
    [59, '0:00:59'],
    [3600 + 61, '1:01:01'],
    [86_400, '1 day, 0:00:00'],
    [2 * 86_400 + 3661, '2 days, 1:01:01'],
    [100 * 86_400 + 23 * 3600, '100 days, 23:00:00'],
  ])('shows %i seconds of uptime as %s', (seconds, uptime) => {
    expect(describeProcess({ ...base, nowEpochS: 1000 + seconds })).toBe(`pid 7, uptime ${uptime}`);
  });

  it.each([
    [NOON, 'Nov 20 12:05 PM'],
    [NOON - 12 * 3600, 'Nov 20 12:05 AM'],
    [NOON - 9 * 3600, 'Nov 20 03:05 AM'],
    [NOON + 3600, 'Nov 20 01:05 PM'],
  ])('shows the time of a stop (%i)', (stopEpochS, text) => {
    for (const state of ['STOPPED', 'EXITED'] as const) {
      expect(describeProcess({ ...base, state, stopEpochS })).toBe(text);
    }
  });

  it.each([
    [{ state: 'STOPPED', startEpochS: 0 }, 'Not started'],
    [{ state: 'FATAL', spawnError: 'why' }, 'why'],
    [{ state: 'BACKOFF', spawnError: '' }, 'unknown error (try "tail p")'],
    [{ state: 'STARTING' }, ''],
    [{ state: 'STOPPING' }, ''],
    [{ state: 'UNKNOWN' }, ''],
  ] as const)('of %j is %j', (differences, text) => {
    expect(describeProcess({ ...base, ...differences })).toBe(text);
  });
});
