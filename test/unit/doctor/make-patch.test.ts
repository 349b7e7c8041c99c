import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPatch, FILE_HEADERS_ONLY } from 'diff';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePatch } from '../../../src/doctor/fix/make-patch.ts';

/** What patch(1) makes of the file, and what a reader of the diff sees. */
async function patched(
  before: string,
  after: string,
): Promise<{ readonly text: string; readonly diff: string; readonly hidden: readonly number[] }> {
  const { hunks, hidden } = await makePatch({ path: 'f', before, after });
  const names = { oldFileName: 'f', newFileName: 'f', oldHeader: undefined, newHeader: undefined };
  const diff = formatPatch({ ...names, hunks: [...hunks] }, FILE_HEADERS_ONLY);
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-patch-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  writeFileSync(join(directory, 'f'), before);
  if (hunks.length > 0) {
    execFileSync('patch', ['-p0', '--quiet', '--fuzz=0'], { cwd: directory, input: diff });
  }
  return { text: readFileSync(join(directory, 'f'), 'utf8'), diff, hidden };
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

describe('makePatch', () => {
  it.each([
    ['password=', ['a=1', 'password=CANARY', 'x=1', 'password=CANARY', 'b=2'], [2, 'x=2']],
    ['the first line', ['x=1', 'password=CANARY', 'b=2', 'c=3'], [0, 'x=2']],
    ['the last line', ['a=1', 'b=2', 'token=CANARY', 'x=1'], [3, 'x=2']],
    [
      'every line of an environment',
      ['environment=', '  A="CANARY",', '', '  B="CANARY"', 'x=1', 'b=2'],
      [4, 'x=2'],
    ],
    ['an address', ['url=http://u:CANARY@h', 'x=1', 'b=2'], [1, 'x=2']],
    ['a command', ['command=mysql -uroot -pCANARY', 'x=1'], [1, 'x=2']],
    ['a comment', ['; password=CANARY', 'x=1', 'b'], [1, 'x=2']],
    ['a misspelt name', ['pasword=CANARY', 'enviroment=A="CANARY"', 'x=1', 'b'], [2, 'x=2']],
  ] as const)('does not show %s as context', async (_, all, [index, changed]) => {
    const before: readonly string[] = all;
    const after = before.with(index, changed);
    const seen = await patched(lines(...before), lines(...after));
    expect(seen.diff).not.toContain('CANARY');
    expect(seen.text).toBe(lines(...after));
    expect(seen.hidden).toEqual([]);
  });

  it('adds a line where everything around is secret', async () => {
    const before = lines('[program:x]', 'password=CANARY', 'token=CANARY', 'end=1');
    const after = lines('[program:x]', 'password=CANARY', 'x=2', 'token=CANARY', 'end=1');
    const seen = await patched(before, after);
    expect(seen.diff).not.toContain('CANARY');
    expect(seen.text).toBe(after);
  });

  it('keeps a secret between two changes to itself', async () => {
    const before = lines('a=1', 'password=CANARY', 'b=1', 'c=1', 'd=1');
    const after = lines('a=2', 'a2=2', 'password=CANARY', 'b=2', 'c=1', 'd=1');
    const seen = await patched(before, after);
    expect(seen.diff).not.toContain('CANARY');
    expect(seen.text).toBe(after);
  });

  it('leaves a change out that would show a secret, says where, and makes the others', async () => {
    const before = lines('a=1', 'command=sh -c "x --token CANARY"', 'b=1', 'c=1');
    const after = lines('a=2', 'command=sh -c "exec x --token CANARY"', 'b=1', 'c=2');
    const seen = await patched(before, after);
    expect(seen.diff).not.toContain('CANARY');
    expect(seen.hidden).toEqual([1]);
    expect(seen.text).toBe(lines('a=1', 'command=sh -c "x --token CANARY"', 'b=1', 'c=2'));
  });

  it('takes a file without a line feed at its end', async () => {
    const seen = await patched('a=1\npassword=CANARY\nx=1', 'a=1\npassword=CANARY\nx=2');
    expect(seen.diff).not.toContain('CANARY');
    expect(seen.text.trimEnd()).toBe('a=1\npassword=CANARY\nx=2');
  });
});
