import { describe, expect, it } from 'vitest';
import { HISTORY_FILE, type HistoryEntry } from '../../../src/reload/journal.ts';
import { readHistory } from '../../../src/reload/read-history.ts';
import { MemoryState } from '../../fake/memory-state.ts';

const entry = (program: string, startedEpochMs: number): HistoryEntry => ({
  program,
  action: 'reload',
  strategy: 'overlap',
  outcome: 'done',
  exitCode: 0,
  startedEpochMs,
  elapsedMs: 5,
  user: 'root',
  version: '27.0.1',
  workers: 2,
  killed: 0,
});

describe('readHistory', () => {
  it('reads both files, oldest first, and passes over what is no entry', async () => {
    const state = new MemoryState();
    await state.appendLine(`${HISTORY_FILE}.1`, JSON.stringify(entry('web', 1)));
    await state.appendLine(HISTORY_FILE, JSON.stringify(entry('api', 2)));
    await state.appendLine(HISTORY_FILE, '{"program":"web","act');
    await state.appendLine(HISTORY_FILE, '[]');
    await state.appendLine(HISTORY_FILE, JSON.stringify(entry('web', 3)));
    const all = await readHistory(state, undefined);
    expect(all.map(({ startedEpochMs }) => startedEpochMs)).toEqual([1, 2, 3]);
    expect(await readHistory(state, 'web')).toEqual([entry('web', 1), entry('web', 3)]);
  });

  it('is empty without a state directory', async () => {
    expect(await readHistory(undefined, undefined)).toEqual([]);
  });
});
