import { describe, expect, it } from 'vitest';
import type { RestingProcess } from '../../../../src/daemon/adopt/resting-process.ts';
import {
  memoryOfNothing,
  NO_STATE,
  parseState,
  serializeState,
  type SavedProcess,
  type SavedState,
} from '../../../../src/daemon/adopt/saved-state.ts';
import type { Pid } from '../../../../src/os/proc.ts';

const SAVED: SavedProcess = {
  id: { pid: 123 as Pid, startTicks: 456 },
  group: 'g',
  name: 'p',
  kind: 'program',
  role: 'retiring',
  state: 'RUNNING',
  startedEpochMs: 1_700_000_000_000,
  memory: {
    state: 'RUNNING',
    failures: 1,
    briefRuns: 2,
    retries: false,
    dueEpochMs: undefined,
    startedEpochMs: 1_700_000_000_000,
    stoppedEpochMs: 5,
    spawnError: 'e',
    exitStatus: -1,
  },
  logs: { stdout: '/l', stderr: undefined },
  fingerprint: 'f',
  sockets: ['127.0.0.1:80', 'unix:/s'],
  files: { pidFile: { configured: '/p', own: '/p.1' }, controlSocket: undefined },
  gracefulTimeoutS: 30,
  isTold: true,
  stop: { signalNumber: 2, waitSecs: 3, asGroup: true, killAsGroup: true },
};

const RESTING: RestingProcess = {
  group: 'g',
  name: 'q',
  kind: 'eventlistener',
  fingerprint: 'f',
  logs: { stdout: undefined, stderr: '/e' },
  memory: { ...SAVED.memory, state: 'BACKOFF', retries: true, dueEpochMs: 1_700_000_001_000 },
};

const SOCKET = { owner: 'g:p', key: 'localhost:80', address: '127.0.0.1:80' };

const STATE: SavedState = {
  processes: [SAVED],
  resting: [RESTING],
  groups: ['g', 'h'],
  sockets: [SOCKET],
};

describe('a saved state', () => {
  it('is read as it was written', () => {
    expect(parseState(serializeState('boot', STATE), 'boot')).toEqual(STATE);
  });

  it('of an earlier version has no second instances', () => {
    const { role, sockets, files, gracefulTimeoutS, ...old } = SAVED;
    const text = JSON.stringify({ version: 1, bootId: 'boot', processes: [old] });
    expect({ role, sockets, files, gracefulTimeoutS }).not.toMatchObject({ role: 'main' });
    expect(parseState(text, 'boot').processes).toEqual([
      {
        ...old,
        role: 'main',
        sockets: [],
        files: { pidFile: undefined, controlSocket: undefined },
        gracefulTimeoutS: undefined,
      },
    ]);
  });

  it('of another boot says nothing: its numbers belong to other processes', () => {
    expect(parseState(serializeState('boot', STATE), 'another')).toEqual(NO_STATE);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"version":1,"bootId":"boot"}',
    '{"version":2,"bootId":"boot","processes":[]}',
    serializeState('boot', STATE).slice(0, -3),
  ])('that is %j says nothing', (text) => {
    expect(parseState(text, 'boot')).toEqual(NO_STATE);
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
    expect(parseState(text, 'boot')).toEqual({ ...NO_STATE, processes: [SAVED] });
  });

  it.each([
    { memory: undefined },
    { memory: { ...RESTING.memory, state: 'ASLEEP' } },
    { kind: 'other' },
    { name: 5 },
    { logs: undefined },
  ])('leaves out a resting process with %j', (differences) => {
    const resting = [{ ...RESTING, ...differences }, RESTING];
    const text = JSON.stringify({ version: 1, bootId: 'boot', processes: [], resting });
    expect(parseState(text, 'boot')).toEqual({ ...NO_STATE, resting: [RESTING] });
  });

  it('of an earlier version, without memories, tells of processes all the same', () => {
    const text = JSON.stringify({
      version: 1,
      bootId: 'boot',
      processes: [{ ...SAVED, memory: undefined }],
    });
    const memory = memoryOfNothing('RUNNING', SAVED.startedEpochMs);
    expect(parseState(text, 'boot')).toEqual({ ...NO_STATE, processes: [{ ...SAVED, memory }] });
  });

  it.each([null, 5, {}, { ...SOCKET, owner: 1 }, { ...SOCKET, address: undefined }])(
    'leaves out a socket that is %j',
    (socket) => {
      const sockets = [socket, SOCKET];
      const text = JSON.stringify({ version: 1, bootId: 'boot', processes: [], sockets });
      expect(parseState(text, 'boot')).toEqual({ ...NO_STATE, sockets: [SOCKET] });
    },
  );
});
