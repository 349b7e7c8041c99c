/** Start ticks count from here. /proc/stat gives whole seconds, /proc/uptime hundredths. */
export interface BootClock {
  /** The text of /proc/stat. */
  readonly stat: string;
  /** The text of /proc/uptime. */
  readonly uptime: string;
  /** Milliseconds since the epoch, taken when the two were read. */
  readonly wallClockMs: number;
}

/**
 * When this machine started, ms since the epoch. The uptime is finer but may be a container's
 * (lxcfs), so it counts only when it agrees with the boot time to two seconds.
 */
export function bootEpochMs(clock: BootClock): number {
  const bootSecond = Number(/^btime (\d+)$/m.exec(clock.stat)?.[1]);
  const fine = clock.wallClockMs - Number.parseFloat(clock.uptime) * 1000;
  if (Number.isNaN(bootSecond)) return fine;
  return Math.abs(fine - bootSecond * 1000) <= 2000 ? fine : bootSecond * 1000;
}
