const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A measured time: '0.2 s', '12.0 s', '2 min 5 s', '3 h 12 min'. Tenths up to a minute, so that a column of times stays calm. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  return tenths < 600 ? `${(tenths / 10).toFixed(1)} s` : formatLong(ms);
}

/** A configured time: '2 s', '0.5 s', '2 min 5 s'. Without a decimal that says nothing. */
export function formatSpan(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  return tenths < 600 ? `${tenths / 10} s` : formatLong(ms);
}

/** A time for a narrow column: '45s', '12m', '3h12m', '5d4h'. */
export function formatCompact(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / SECOND) * SECOND;
  if (seconds < MINUTE) return `${seconds / SECOND}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY)
    return `${Math.floor(seconds / HOUR)}h${Math.floor((seconds % HOUR) / MINUTE)}m`;
  return `${Math.floor(seconds / DAY)}d${Math.floor((seconds % DAY) / HOUR)}h`;
}

/** How long ago something was, in its largest unit: 'just now', '45s ago', '3h ago', '12d ago'. */
export function formatAge(ms: number): string {
  if (ms < SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ago`;
  return `${Math.floor(ms / DAY)}d ago`;
}

/** An amount of memory in binary units: '812 B', '48 MiB', '1.2 GiB'. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let amount = Math.max(0, bytes);
  let unit = 0;
  // 1023.5 would be rounded to "1024 KiB".
  while (amount >= 1023.5 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const rounded = unit === 0 || amount >= 9.95 ? amount.toFixed(0) : amount.toFixed(1);
  return `${rounded} ${units[unit] ?? 'TiB'}`;
}

/** '1 worker', '4 workers'. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

function formatLong(ms: number): string {
  const seconds = Math.round(ms / SECOND) * SECOND;
  if (seconds < HOUR)
    return pair(Math.floor(seconds / MINUTE), 'min', (seconds % MINUTE) / SECOND, 's');
  const minutes = Math.round(seconds / MINUTE) * MINUTE;
  return pair(Math.floor(minutes / HOUR), 'h', (minutes % HOUR) / MINUTE, 'min');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
