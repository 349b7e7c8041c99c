import { readingError } from './errno.ts';
import type { ProcId, SignalOutcome } from './proc.ts';
import type { SignalName } from './signals.ts';

/** kill(2) as an outcome: ESRCH is 'gone', EPERM alive and not ours. Negative: a process group. */
export function deliver(target: number, signal: SignalName | number): SignalOutcome {
  try {
    process.kill(target, signal);
    return 'sent';
  } catch (error) {
    const reason = readingError(error);
    if (reason === 'unsupported') throw error;
    return reason;
  }
}

/**
 * Throws for pids that no plan can mean: 0 and negative ones (sets of processes), 1, and our own.
 */
export function refuseUnsafeTarget(id: ProcId): void {
  if (!Number.isSafeInteger(id.pid) || id.pid <= 1 || id.pid === process.pid) {
    throw new Error(`Internal error: a signal to pid ${id.pid} was asked for`);
  }
}
