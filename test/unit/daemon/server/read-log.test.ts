import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogPart, tailLog } from '../../../../src/daemon/server/methods/read-log.ts';

const HUGE = Number.MAX_SAFE_INTEGER;
let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'reloadctl-log-'));
  path = join(directory, 'log');
  writeFileSync(path, 'héllo\n0123456789\n');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('a log that is read', () => {
  it.for([
    [2, 0, '\ufffdllo\n0123456789\n'],
    [-HUGE, 0, 'héllo\n0123456789\n'],
    [HUGE, HUGE, ''],
    [0, HUGE, 'héllo\n0123456789\n'],
  ] as const)('from %j with %j bytes', async ([offset, length, text]) => {
    expect(await readLogPart(path, offset, length)).toBe(text);
  });

  it.for([
    [1, 16, '\ufffdllo\n0123456789\n', true],
    [-HUGE, 3, '89\n', true],
    [0, HUGE, 'héllo\n0123456789\n', false],
    [HUGE, HUGE, '', false],
    [5, -3, '', true],
  ] as const)('or whose end is wanted, from %j with %j bytes', async (row) => {
    const [offset, length, text, overflow] = row;
    expect(await tailLog(path, offset, length)).toEqual([text, 18, overflow]);
  });

  it('loses what XML cannot carry', async () => {
    const odd = join(directory, 'odd');
    writeFileSync(odd, Buffer.from('\u001b[31mred\u0000\uffff\tkept\r\n caf\xe9\n', 'latin1'));
    expect(await readLogPart(odd, 0, 0)).toMatch(/^\ufffd\[31mred\ufffd.*\tkept\r\n caf\ufffd\n$/);
  });

  it.for(['/dev/null', '/dev/zero', '/', '/nonexistent'])('is no %s', async (odd) => {
    await expect(readLogPart(odd, 0, 0)).rejects.toMatchObject({ code: 30 });
    expect(await tailLog(odd, 7, 10)).toEqual(['', 7, false]);
  });
});
