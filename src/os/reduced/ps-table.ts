import { totalmem } from 'node:os';
import psList from 'ps-list';
import type { ProcessDescriptor } from 'ps-list';
import type { Pid, Proc, ProcId } from '../proc.ts';

/** `ps` computes start times anew at every call, and they differ by up to this (measured with ps-list 9). */
const START_TOLERANCE_SECS = 2;

/**
 * Processes as `ps` lists them. The start time, in seconds since the epoch, stands in for start ticks: a pid that comes back with a
 * time that is nearly the same is the same process and keeps the time that was seen first.
 */
export class PsTable {
  readonly #startSecs = new Map<number, number>();
  readonly #listProcesses: () => Promise<readonly ProcessDescriptor[]>;

  constructor(listProcesses: () => Promise<readonly ProcessDescriptor[]> = psList) {
    this.#listProcesses = listProcesses;
  }

  /**
   * Every process. What `ps` does not tell is 0 (group, session, CPU time); the state is 'Z' or
   * '?'.
   */
  async list(): Promise<readonly Proc[]> {
    const listed = await this.#listProcesses();
    const present = new Set(listed.map(({ pid }) => pid));
    for (const pid of this.#startSecs.keys()) if (!present.has(pid)) this.#startSecs.delete(pid);
    return listed.map((entry) => this.#toProc(entry));
  }

  /** One process, zombies included. */
  async find(pid: number): Promise<Proc | undefined> {
    return (await this.list()).find((proc) => proc.pid === pid);
  }

  /** The process that `id` stands for, unless it has ended. */
  async findSame(id: ProcId): Promise<Proc | undefined> {
    const proc = await this.find(id.pid);
    return proc?.startTicks === id.startTicks && proc.state !== 'Z' ? proc : undefined;
  }

  #toProc(entry: ProcessDescriptor): Proc {
    return {
      pid: entry.pid as Pid,
      startTicks: this.#startOf(entry),
      ppid: entry.ppid,
      pgid: 0,
      sid: 0,
      state: isDefunct(entry) ? 'Z' : '?',
      uid: entry.uid ?? -1,
      comm: entry.name,
      cpuSeconds: 0,
      rssBytes: Math.round(((entry.memory ?? 0) / 100) * totalmem()),
    };
  }

  #startOf({ pid, startTime }: ProcessDescriptor): number {
    const listed = Math.round((startTime?.getTime() ?? 0) / 1000);
    const known = this.#startSecs.get(pid);
    if (known !== undefined && Math.abs(known - listed) <= START_TOLERANCE_SECS) return known;
    this.#startSecs.set(pid, listed);
    return listed;
  }
}

/** `ps` shows a zombie as "name <defunct>" or "<defunct>" (Linux, BSD) or "(name)" (macOS). */
function isDefunct({ name, cmd = '' }: ProcessDescriptor): boolean {
  return cmd.endsWith('<defunct>') || cmd === `(${name})`;
}
