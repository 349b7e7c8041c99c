import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isOpenToOthers } from '../../rig/place.ts';

test.for([
  { directory: 0o755, file: 0o644, isOpen: true },
  { directory: 0o711, file: 0o644, isOpen: true },
  { directory: 0o700, file: 0o644, isOpen: false },
  { directory: 0o755, file: 0o600, isOpen: false },
])('a file $file in a directory $directory: $isOpen', async ({ directory, file, isOpen }) => {
  const top = await mkdtemp(join(tmpdir(), 'rig-unit-'));
  onTestFinished(() => rm(top, { recursive: true, force: true }));
  await chmod(top, 0o755);
  await mkdir(join(top, 'inner'));
  await writeFile(join(top, 'inner', 'file'), '');
  await symlink('inner/file', join(top, 'link'));
  await chmod(join(top, 'inner', 'file'), file);
  await chmod(join(top, 'inner'), directory);
  // TMPDIR may be private.
  const expected = isOpen && isOpenToOthers(tmpdir());
  expect(isOpenToOthers(join(top, 'inner', 'file'))).toBe(expected);
  expect(isOpenToOthers(join(top, 'link'))).toBe(expected);
});

test('what is not there is open to nobody', () => {
  expect(isOpenToOthers('/nowhere/at/all')).toBe(false);
});
