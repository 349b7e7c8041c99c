import { readingError } from './errno.ts';
import type { Os } from './os.ts';
import { hasEnded, isSameProc } from './proc.ts';
import type { Pid, ProcId } from './proc.ts';

/** What a process uses at the moment. */
export interface Usage {
  /** Of one processor: 200 means two of them busy. */
  readonly cpuPercent: number;
  /** Resident memory. */
  readonly memoryBytes: number;
}

/** The first reading of a pid is always 0 %, so there are two, this far apart. */
const INTERVAL_MS = 100;

/**
 * pidusage keeps a descriptor for every pid and gives it back only when this age is over: `clear()` forgets the descriptors without
 * closing them, and 0 makes its promise wait for ever (pidusage 4, lib/history.js, lib/procfile.js).
 */
const MAX_AGE_MS = 1000;

/** Processor and memory use of some processes over a tenth of a second. Those that are gone, before or after, are absent. */
export async function sampleUsage(
  os: Pick<Os, 'process' | 'sleep'>,
  ids: readonly ProcId[],
): Promise<ReadonlyMap<Pid, Usage>> {
  if (ids.length === 0) return new Map();
  const pids = ids.map(({ pid }) => pid);
  await readStats(pids);
  await os.sleep(INTERVAL_MS);
  const stats = await readStats(pids);
  const usage = new Map<Pid, Usage>();
  for (const id of ids) {
    const found = stats[id.pid];
    const proc = await os.process(id.pid);
    if (!found || hasEnded(proc) || proc === undefined || !isSameProc(proc, id)) continue;
    usage.set(id.pid, { cpuPercent: found.cpu, memoryBytes: found.memory });
  }
  return usage;
}

/** One reading by pid; null for a pid that is gone. */
async function readStats(
  pids: readonly number[],
): Promise<Readonly<Record<string, { cpu: number; memory: number } | null>>> {
  const { default: pidusage } = await import('pidusage');
  try {
    // A new array each time: pidusage writes into the one that it is given.
    return await pidusage([...pids], { maxage: MAX_AGE_MS });
  } catch (error) {
    if (readingError(error) === 'gone') return {}; // None of the pids is there any more.
    throw error;
  }
}
