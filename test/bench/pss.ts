import { readFileSync } from 'node:fs';

/** The Pss of a process in KiB (proc(5), smaps_rollup): its own memory and its share of what it shares. 0 when it is gone. */
export function readPssKib(pid: number): number {
  try {
    return parsePssKib(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  } catch {
    return 0; // It has ended since it was listed.
  }
}

/** The Pss line of a smaps_rollup file, 0 when there is none. */
export function parsePssKib(text: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
}
