const STAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3}) /;
const HANDLING = /Handling signal: (?:hup|usr2|ttin|ttou|term)\b/;
const QUARTER_HOUR_MS = 900_000;

/**
 * When gunicorn's master handled the first signal at or after `sinceEpochMs`, from a log of supervisord at loglevel=debug, which
 * repeats what gunicorn says with a time to the millisecond. The same source for every way, and none that reloadctl writes.
 * Undefined when there is none.
 */
export function findFirstSignal(log: string, sinceEpochMs: number): number | undefined {
  let atEpochMs = 0;
  for (const line of log.split('\n')) {
    const stamp = STAMP.exec(line);
    if (stamp !== null) {
      const [, day = '', time = '', ms = ''] = stamp;
      atEpochMs = inZoneOf(Date.parse(`${day}T${time}.${ms}Z`), sinceEpochMs);
    }
    if (HANDLING.test(line) && atEpochMs >= sinceEpochMs) return atEpochMs;
  }
  return undefined;
}

/** supervisord writes local time without its zone; zones differ by quarters of an hour, and what we look for is minutes away. */
function inZoneOf(parsedMs: number, nearEpochMs: number): number {
  const offset = Math.round((parsedMs - nearEpochMs) / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  return parsedMs - offset;
}
