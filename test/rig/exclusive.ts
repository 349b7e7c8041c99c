import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicksOf } from './processes.ts';

const POLL_MS = 200;

/**
 * Takes `file` for this process if nobody holds it. It names its holder by pid and start ticks, so that what a killed process
 * held can be taken over. Removing the file gives it back.
 */
export async function tryClaim(file: string): Promise<boolean> {
  const holder = await readFile(file, 'utf8').catch(() => undefined); // Not held.
  if (holder !== undefined) {
    const [pid = 0, startTicks = 0] = holder.split(' ').map(Number);
    if ((startTicksOf(pid) ?? 0) === startTicks) return false;
    await rm(file, { force: true });
  }
  const claim = `${file}.${randomUUID()}`;
  await writeFile(claim, `${process.pid} ${startTicksOf(process.pid) ?? 0}`);
  try {
    // link(2) makes the file and its contents appear in one step; open with O_EXCL would show an empty file first.
    await link(claim, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Runs `action` while no other process of this machine runs one under the same lock file. Throws after `ceilingMs` of waiting. */
export async function withExclusiveFile<T>(
  lockFile: string,
  ceilingMs: number,
  action: () => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + ceilingMs;
  while (!(await tryClaim(lockFile))) {
    if (performance.now() > giveUpAt) {
      throw new Error(`${lockFile} is still held after ${ceilingMs} ms by the pid that it names`);
    }
    await sleep(POLL_MS);
  }
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}
