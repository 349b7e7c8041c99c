import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicksOf } from './processes.ts';

const POLL_MS = 200;

/**
 * Runs `action` while no other process of this machine runs one under the same lock file. The file names its holder by pid
 * and start ticks, so that the lock of a holder that was killed is taken over. Throws after `ceilingMs` of waiting.
 */
export async function withExclusiveFile<T>(
  lockFile: string,
  ceilingMs: number,
  action: () => Promise<T>,
): Promise<T> {
  const claim = `${lockFile}.${randomUUID()}`;
  await writeFile(claim, `${process.pid} ${startTicksOf(process.pid) ?? 0}\n`);
  try {
    await acquire(lockFile, claim, ceilingMs);
    try {
      return await action();
    } finally {
      await rm(lockFile, { force: true });
    }
  } finally {
    await rm(claim, { force: true });
  }
}

async function acquire(lockFile: string, claim: string, ceilingMs: number): Promise<void> {
  const giveUpAt = performance.now() + ceilingMs;
  for (;;) {
    try {
      // link(2) makes the lock and its contents appear in one step; open with O_EXCL would show an empty file first.
      await link(claim, lockFile);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readFile(lockFile, 'utf8').catch(() => ''); // Released just now: try again.
    const [pid = 0, startTicks = 0] = holder.split(' ').map(Number);
    if (holder !== '' && (startTicksOf(pid) ?? 0) !== startTicks) {
      await rm(lockFile, { force: true });
      continue;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(
        `${lockFile} is still held by pid ${pid} after ${ceilingMs} ms; remove the file if that process does something else`,
      );
    }
    await sleep(POLL_MS);
  }
}
