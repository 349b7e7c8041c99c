import { describe, expect, it } from 'vitest';
import {
  parseState,
  serializeState,
  type SavedProcess,
} from '../../../../src/daemon/adopt/saved-state.ts';
import type { Pid } from '../../../../src/os/proc.ts';

const SAVED: SavedProcess = {
  id: { pid: 123 as Pid, startTicks: 456 },
  group: 'g',
  name: 'p',
  kind: 'program',
  state: 'RUNNING',
  startedEpochMs: 1_700_000_000_000,
  logs: { stdout: '/l', stderr: undefined },
  fingerprint: 'f',
  stop: { signalNumber: 2, waitSecs: 3, asGroup: true, killAsGroup: true },
};

describe('a saved state', () => {
  it('is read as it was written', () => {
    expect(parseState(serializeState('boot', [SAVED]), 'boot')).toEqual([SAVED]);
  });

  it('of another boot says nothing: its numbers belong to other processes', () => {
    expect(parseState(serializeState('boot', [SAVED]), 'another')).toEqual([]);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"version":1,"bootId":"boot"}',
    '{"version":2,"bootId":"boot","processes":[]}',
    serializeState('boot', [SAVED]).slice(0, -3),
  ])('that is %j says nothing', (text) => {
    expect(parseState(text, 'boot')).toEqual([]);
  });

  it.each([
    { id: { pid: 1, startTicks: 1 } },
    { id: { pid: -5, startTicks: 1 } },
    { id: { pid: 'x', startTicks: 1 } },
    { id: undefined },
    { state: 'EXITED' },
    { kind: 'other' },
    { name: 5 },
    { stop: undefined },
  ])('leaves out a process with %j', (differences) => {
    const text = JSON.stringify({
      version: 1,
      bootId: 'boot',
      processes: [{ ...SAVED, ...differences }, SAVED],
    });
    expect(parseState(text, 'boot')).toEqual([SAVED]);
  });
});
