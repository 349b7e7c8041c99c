import { readFile } from 'node:fs/promises';
import { readingError } from '../errno.ts';
import type { ProcId, Reading } from '../proc.ts';
import { readCgroupHeadroom, smallest } from './cgroup-memory.ts';
import { findProcess } from './process-table.ts';
import { readGuarded } from './read-guarded.ts';

/**
 * The memory of one process in bytes: Pss and SwapPss of smaps_rollup, or else its resident memory,
 * which counts shared pages in full.
 */
export async function readMemoryOf(id: ProcId): Promise<Reading<number>> {
  const proportional = await readGuarded(id, async () =>
    parseProportionalBytes(await readFile(`/proc/${id.pid}/smaps_rollup`, 'utf8')),
  );
  if (proportional.ok || proportional.error === 'gone') return proportional;
  const proc = findProcess(id.pid);
  if (proc?.startTicks !== id.startTicks) return { ok: false, error: 'gone' };
  return { ok: true, value: proc.rssBytes };
}

/** rchar of /proc/PID/io: starts at 0 in a forked process, and does not count recv(2). */
export async function readBytesRead(id: ProcId): Promise<Reading<number>> {
  return readGuarded(id, async () => {
    const text = await readFile(`/proc/${id.pid}/io`, 'utf8');
    return Number(/^rchar: (\d+)$/m.exec(text)?.[1] ?? NaN);
  });
}

/** Pss and SwapPss of the text of smaps_rollup, in bytes. */
export function parseProportionalBytes(rollup: string): number {
  const kilobytes = [...rollup.matchAll(/^(?:Pss|SwapPss):\s+(\d+) kB$/gm)];
  return kilobytes.reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
}

/**
 * Bytes that can be had without swapping: MemAvailable, or less where a memory limit of our control
 * group, or of that of `of`, leaves less.
 */
export async function readMemoryAvailable(of: ProcId | undefined): Promise<number | undefined> {
  const [machine, ours, theirs] = await Promise.all([
    readText('/proc/meminfo').then(parseAvailableBytes),
    readCgroupHeadroom(readText, 'self'),
    of === undefined ? undefined : readCgroupHeadroom(readText, of.pid),
  ]);
  return smallest([machine, ours, theirs]);
}

/** MemAvailable in the text of /proc/meminfo, in bytes. */
export function parseAvailableBytes(meminfo: string | undefined): number | undefined {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    readingError(error); // Throws what is no system error; a file that cannot be read sets no limit.
    return undefined;
  }
}
