import type { Proc } from '../../os/proc.ts';

interface Reading {
  readonly startTicks: number;
  readonly cpuSeconds: number;
}

/** How much processor time processes have used between two listings of them. */
export class CpuMeter {
  #before = new Map<number, Reading>();
  #now = new Map<number, Reading>();
  #beforeMs: number | undefined;
  #nowMs: number | undefined;

  /** Takes the next listing; `nowMs` is the time at which it was made. */
  take(listing: readonly Proc[], nowMs: number): void {
    this.#before = this.#now;
    this.#beforeMs = this.#nowMs;
    this.#nowMs = nowMs;
    this.#now = new Map(
      listing.map(({ pid, startTicks, cpuSeconds }) => [pid, { startTicks, cpuSeconds }]),
    );
  }

  /** What these use together; 100 is one core. Undefined before there are two listings. */
  percentOf(procs: readonly Proc[]): number | undefined {
    const elapsedMs = (this.#nowMs ?? 0) - (this.#beforeMs ?? Infinity);
    if (!(elapsedMs > 0)) return undefined;
    let seconds = 0;
    for (const { pid, startTicks, cpuSeconds } of procs) {
      const before = this.#before.get(pid);
      // One that is new since then has used all of its time since then.
      const used = before?.startTicks === startTicks ? before.cpuSeconds : 0;
      seconds += Math.max(0, cpuSeconds - used);
    }
    return (seconds / elapsedMs) * 100_000;
  }
}
