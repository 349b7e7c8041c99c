import { hasEnded, type Proc } from '../../os/proc.ts';

/** One listing of the processes, without those that have ended, by who started whom. */
export class ProcessTrees {
  readonly listing: readonly Proc[];
  readonly #byPid = new Map<number, Proc>();
  readonly #children = new Map<number, Proc[]>();

  constructor(listing: readonly Proc[]) {
    this.listing = listing;
    for (const proc of listing) {
      if (hasEnded(proc)) continue;
      this.#byPid.set(proc.pid, proc);
      const siblings = this.#children.get(proc.ppid);
      if (siblings === undefined) this.#children.set(proc.ppid, [proc]);
      else siblings.push(proc);
    }
  }

  /** The process and everything below it, itself first; none where there is no such process. */
  below(pid: number): readonly Proc[] {
    const root = this.#byPid.get(pid);
    const found = root === undefined ? [] : [root];
    // The list grows while it is walked.
    for (const proc of found) found.push(...(this.#children.get(proc.pid) ?? []));
    return found;
  }
}
