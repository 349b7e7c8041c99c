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
 * When this machine started, milliseconds since the epoch. The finer reading (now minus uptime) counts when both agree to two
 * seconds: in some containers /proc/uptime is that of the container (lxcfs) while start ticks are those of the machine.
 */
export function bootEpochMs(clock: BootClock): number {
  const bootSecond = Number(/^btime (\d+)$/m.exec(clock.stat)?.[1]);
  const fine = clock.wallClockMs - Number.parseFloat(clock.uptime) * 1000;
  if (Number.isNaN(bootSecond)) return fine;
  return Math.abs(fine - bootSecond * 1000) <= 2000 ? fine : bootSecond * 1000;
}
