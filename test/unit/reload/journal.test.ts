import { describe, expect, it } from 'vitest';
import type { Pid, ProcId } from '../../../src/os/proc.ts';
import {
  HISTORY_FILE,
  Journal,
  parseRecord,
  type HistoryEntry,
} from '../../../src/reload/journal.ts';
import { MemoryState } from '../../fake/memory-state.ts';

const proc = (pid: number, startTicks = 1): ProcId => ({ pid: pid as Pid, startTicks });

const ENTRY: HistoryEntry = {
  program: 'app',
  action: 'reload',
  strategy: 'bridge',
  outcome: 'done',
  exitCode: 0,
  startedEpochMs: 1,
  elapsedMs: 2,
  user: 'root',
  version: '20.1.0',
  workers: 4,
  killed: 0,
};

const UNFINISHED = { strategy: 'rolling', workersAfter: 4, master: proc(7) } as const;
const LOADED = { master: proc(7), atEpochMs: 5, workersConfigured: 4 };
const EMPTY = { unfinished: undefined, loaded: undefined, last: undefined };

describe('parseRecord', () => {
  it('reads what was written', () => {
    const record = { unfinished: UNFINISHED, loaded: LOADED, last: ENTRY };
    expect(parseRecord(JSON.stringify(record))).toEqual(record);
  });

  it.each(['', '{', 'null', '7', '[]', '"x"', '{}'])('takes %j for nothing', (text) => {
    expect(parseRecord(text)).toEqual(EMPTY);
  });

  it.each([
    ['unfinished', { ...UNFINISHED, workersAfter: '4' }],
    ['unfinished', { ...UNFINISHED, master: { pid: 7 } }],
    ['unfinished', { ...UNFINISHED, master: 7 }],
    ['unfinished', { ...UNFINISHED, strategy: undefined }],
    ['unfinished', 'rolling'],
    ['loaded', { ...LOADED, atEpochMs: null }],
    ['loaded', { ...LOADED, workersConfigured: 1.5 }],
    ['loaded', { ...LOADED, master: null }],
    ['last', { ...ENTRY, exitCode: 'x' }],
    ['last', { ...ENTRY, program: undefined }],
    ['last', { ...ENTRY, startedEpochMs: 'now' }],
  ])('passes over a damaged part: %s = %j', (key, value) => {
    const others = { unfinished: UNFINISHED, loaded: LOADED, last: ENTRY, [key]: value };
    const record = parseRecord(JSON.stringify(others));
    expect(record[key as keyof typeof EMPTY]).toBeUndefined();
    const kept = Object.values(record).filter((part) => part !== undefined);
    expect(kept).toHaveLength(2);
  });
});

describe('Journal', () => {
  it('remembers between runs what was under way, for the same master only', async () => {
    const state = new MemoryState();
    await (await Journal.open(state, 'a b')).begin(UNFINISHED);
    const next = await Journal.open(state, 'a b');
    expect(next.unfinishedOf(proc(7))).toEqual(UNFINISHED);
    expect(next.unfinishedOf(proc(7, 2))).toBeUndefined();
    expect(next.unfinishedOf(proc(8))).toBeUndefined();
    const other = await Journal.open(state, 'other');
    expect(other.record).toEqual(EMPTY);
  });

  it('remembers when a master last loaded its configuration, for the same master only', async () => {
    const state = new MemoryState();
    const journal = await Journal.open(state, 'a');
    await journal.finish(ENTRY, { unfinished: undefined, loaded: LOADED });
    const next = await Journal.open(state, 'a');
    expect(next.loadedBy(proc(7))).toEqual(LOADED);
    expect(next.loadedBy(proc(7, 2))).toBeUndefined();
    expect(next.record.last).toEqual(ENTRY);
    expect(next.record.unfinished).toBeUndefined();
  });

  it('adds each end to the history', async () => {
    const state = new MemoryState();
    const journal = await Journal.open(state, 'a');
    await journal.finish(ENTRY, EMPTY);
    await journal.finish({ ...ENTRY, exitCode: 10 }, EMPTY);
    const lines = ((await state.read(HISTORY_FILE)) ?? '').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as HistoryEntry).exitCode)).toEqual([0, 10]);
  });

  it.each(['reopen-logs', 'scale'] as const)(
    'keeps the last reload in mind when %s comes after it',
    async (action) => {
      const state = new MemoryState();
      const journal = await Journal.open(state, 'a');
      await journal.finish(ENTRY, EMPTY);
      await journal.finish({ ...ENTRY, action }, EMPTY);
      expect((await Journal.open(state, 'a')).record.last).toEqual(ENTRY);
      expect(await state.read(HISTORY_FILE)).toContain(action);
    },
  );

  it('works without a place to remember in', async () => {
    const journal = await Journal.open(undefined, 'a');
    await journal.begin(UNFINISHED);
    expect(journal.unfinishedOf(proc(7))).toEqual(UNFINISHED);
    await journal.finish(ENTRY, EMPTY);
    expect(journal.record.last).toEqual(ENTRY);
  });
});
