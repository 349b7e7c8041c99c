import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../../src/daemon/logs/line-splitter.ts';

describe('createLineSplitter', () => {
  it('puts lines and characters together that come in pieces', () => {
    const splitter = createLineSplitter();
    const [first, second] = [Buffer.from('one\ntwé'), Buffer.from('o\n\nrest')];
    const chunks = [first.subarray(0, -1), Buffer.concat([first.subarray(-1), second])];
    expect(chunks.map((chunk) => splitter.split(chunk))).toEqual([['one'], ['twéo', '']]);
    expect([splitter.end(), splitter.end()]).toEqual([['rest'], []]);
  });

  it('cuts lines that never end', () => {
    const splitter = createLineSplitter();
    const lines = splitter.split(Buffer.alloc(20_000, 'x'));
    expect(lines.map((line) => line.length)).toEqual([8192, 8192]);
    expect(splitter.end()[0]).toHaveLength(20_000 - 2 * 8192);
  });
});
