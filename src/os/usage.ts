import type { Os } from './os.ts';
import { isSameProc } from './proc.ts';
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
  const { default: pidusage } = await import('pidusage');
  const sample = () =>
    // A new array each time: pidusage writes into the one that it is given.
    pidusage(
      ids.map(({ pid }) => pid),
      { maxage: MAX_AGE_MS },
    );
  await sample();
  await os.sleep(INTERVAL_MS);
  // For a pid that is gone there is null, whatever the type says.
  const stats: Readonly<Record<string, { cpu: number; memory: number } | null>> = await sample();
  const usage = new Map<Pid, Usage>();
  for (const id of ids) {
    const found = stats[id.pid];
    const proc = await os.process(id.pid);
    if (found === null || found === undefined || !proc || !isSameProc(proc, id)) continue;
    usage.set(id.pid, { cpuPercent: found.cpu, memoryBytes: found.memory });
  }
  return usage;
}
