import { readingError } from './errno.ts';
import type { Os } from './os.ts';
import { hasEnded, isSameProc, keyOfProc } from './proc.ts';
import type { ProcId } from './proc.ts';

/** What processes use at the moment. */
interface Usage {
  /** Of one processor: 200 means two of them busy. */
  readonly cpuPercent: number;
  /** Resident memory. */
  readonly memoryBytes: number;
}

/** What pidusage says of a process: milliseconds of processor time since its start, and bytes. */
interface Reading {
  readonly ctime: number;
  readonly memory: number;
}

/** Two readings are this far apart where only one look is taken. */
const INTERVAL_MS = 100;

/**
 * pidusage keeps a descriptor for every pid and gives it back only when this age is over: `clear()`
 * forgets the descriptors, and 0 makes it wait for ever (pidusage 4, lib/history.js).
 */
const MAX_AGE_MS = 1000;

/** How much processor time and memory processes use, from one reading of them to the next. */
export class UsageMeter {
  readonly #os: Pick<Os, 'process'>;
  #before: ReadonlyMap<string, Reading> = new Map();
  #now: ReadonlyMap<string, Reading> = new Map();
  #beforeMs: number | undefined;
  #nowMs: number | undefined;

  constructor(os: Pick<Os, 'process'>) {
    this.#os = os;
  }

  /** Reads these; those that are gone, or were replaced by another of their pid, are left out. */
  async read(ids: readonly ProcId[]): Promise<void> {
    const readings = await readStats(ids.map(({ pid }) => pid));
    const now = new Map<string, Reading>();
    for (const id of ids) {
      const reading = readings[id.pid];
      if (!reading) continue;
      const proc = await this.#os.process(id.pid);
      if (proc !== undefined && !hasEnded(proc) && isSameProc(proc, id)) {
        now.set(keyOfProc(id), reading);
      }
    }
    this.#before = this.#now;
    this.#beforeMs = this.#nowMs;
    this.#now = now;
    this.#nowMs = performance.now();
  }

  /**
   * What those of them that were read use together. Memory is undefined where none was, and use of
   * the processor before there are two readings.
   */
  usageOf(ids: readonly ProcId[]): {
    readonly [Key in keyof Usage]: Usage[Key] | undefined;
  } {
    const keys = ids.map(keyOfProc).filter((key) => this.#now.has(key));
    if (keys.length === 0) return { cpuPercent: undefined, memoryBytes: undefined };
    let memoryBytes = 0;
    let cpuMs = 0;
    for (const key of keys) {
      const { ctime = 0, memory = 0 } = this.#now.get(key) ?? {};
      memoryBytes += memory;
      // One that is new since then has used all of its time since then.
      cpuMs += Math.max(0, ctime - (this.#before.get(key)?.ctime ?? 0));
    }
    const elapsedMs = (this.#nowMs ?? 0) - (this.#beforeMs ?? Infinity);
    return { memoryBytes, cpuPercent: elapsedMs > 0 ? (cpuMs / elapsedMs) * 100 : undefined };
  }
}

/** A meter with the use of these processes over a tenth of a second. */
export async function measureUsage(
  os: Pick<Os, 'process' | 'sleep'>,
  ids: readonly ProcId[],
): Promise<UsageMeter> {
  const meter = new UsageMeter(os);
  if (ids.length === 0) return meter;
  await meter.read(ids);
  await os.sleep(INTERVAL_MS);
  await meter.read(ids);
  return meter;
}

/** One reading by pid; null for a pid that is gone. */
async function readStats(
  pids: readonly number[],
): Promise<Readonly<Record<string, Reading | null>>> {
  if (pids.length === 0) return {};
  const { default: pidusage } = await import('pidusage');
  try {
    // A new array each time: pidusage writes into the one that it is given.
    return await pidusage([...pids], { maxage: MAX_AGE_MS });
  } catch (error) {
    if (readingError(error) === 'gone') return {}; // None of the pids is there any more.
    throw error;
  }
}
