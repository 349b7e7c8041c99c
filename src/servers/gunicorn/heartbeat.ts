import type { FileStat } from '../../os/proc.ts';

/** gunicorn makes a worker's heartbeat file with mkstemp(prefix='wgunicorn-') and unlinks it at once (gunicorn/workers/workertmp.py). */
export function isHeartbeatFile(target: string): boolean {
  return /\/wgunicorn-[^/]+ \(deleted\)$/.test(target);
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Whether the worker that holds this heartbeat file has entered its loop, which it does after the application was loaded. Before
 * the first heartbeat the file is as mkstemp made it. A heartbeat of gunicorn up to 20.x sets the mode to 0 or 1 (from 0600); a later
 * one sets the modification time to the monotonic clock, so to a date near 1970. Measured with 20.1, 26.1 and 27.0.
 */
export function hasHeartbeat(stat: Pick<FileStat, 'mode' | 'mtimeMs' | 'ctimeMs'>): boolean {
  return (stat.mode & 0o777) <= 1 || stat.ctimeMs - stat.mtimeMs > YEAR_MS;
}
