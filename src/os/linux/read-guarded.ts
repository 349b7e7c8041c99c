import { toReading } from '../errno.ts';
import type { ProcId, Reading } from '../proc.ts';
import { presenceOf } from './process-table.ts';

/**
 * Reads something of /proc/PID and makes sure that it was of process `id`: the pid is compared with the start ticks before and
 * after, since another process can get the same pid at any time. When the file is missing although the process is there (the
 * executable of a kernel thread), the answer is 'unsupported' unless `missing` says otherwise.
 */
export async function readGuarded<T>(
  id: ProcId,
  read: () => T | Promise<T>,
  missing: 'gone' | 'unsupported' = 'unsupported',
): Promise<Reading<T>> {
  const before = presenceOf(id);
  if (before !== 'present') return { ok: false, error: before };
  const reading = await toReading(read);
  const after = presenceOf(id);
  if (after !== 'present') return { ok: false, error: after };
  return !reading.ok && reading.error === 'gone' ? { ok: false, error: missing } : reading;
}
