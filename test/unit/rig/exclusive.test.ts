import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tryClaim, withExclusiveFile } from '../../rig/exclusive.ts';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rig-unit-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('what is claimed cannot be claimed again until it is given back', async () => {
  const file = join(await temporaryDirectory(), 'claim');
  expect(await tryClaim(file)).toBe(true);
  expect(await tryClaim(file)).toBe(false);
  await rm(file);
  expect(await tryClaim(file)).toBe(true);
});

test('what a killed process held is taken over', async () => {
  const file = join(await temporaryDirectory(), 'claim');
  // Our own pid with another start: a pid that was given to somebody else.
  await writeFile(file, `${process.pid} 1`);
  expect(await tryClaim(file)).toBe(true);
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d{2,}$`));
});

test('one action at a time, and the file is gone afterwards', async () => {
  const file = join(await temporaryDirectory(), 'lock');
  const order: string[] = [];
  const act = (name: string) =>
    withExclusiveFile(file, 5000, async () => {
      order.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} out`);
    });
  await Promise.all([act('a'), act('b')]);
  expect(order.map((entry) => entry.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  expect(existsSync(file)).toBe(false);
});

test('waiting for a lock has an end', async () => {
  const file = join(await temporaryDirectory(), 'lock');
  await tryClaim(file);
  await expect(withExclusiveFile(file, 0, () => Promise.resolve())).rejects.toThrow(
    /still held after 0 ms/,
  );
});
