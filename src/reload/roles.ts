import { isSameProc, type ProcId } from '../os/proc.ts';
import type { ServerView } from '../servers/server-view.ts';

/** Which process plays which role at the moment. */
export class Roles {
  /** The server's master, once it is known. */
  master: ProcId | undefined;
  /** The process that the supervisor started. */
  supervised: ProcId | undefined;
  /** The second master, from the moment it was first seen. */
  bridge: ProcId | undefined;
  /** The second instance that the supervisor has started, until it is promoted. */
  successor: ProcId | undefined;
  /** What the supervisor ran before the successor was promoted, and the master of it. */
  oldInstances: readonly ProcId[] = [];
  oldMaster: ProcId | undefined;
  #old: readonly ProcId[] = [];

  /** From now on, the workers that exist at this moment are the old ones. */
  bindOldWorkers(view: ServerView | undefined): void {
    this.#old =
      view?.workers.map(({ proc }) => ({ pid: proc.pid, startTicks: proc.startTicks })) ?? [];
  }

  /** The workers that there were when the change began. */
  get oldWorkers(): readonly ProcId[] {
    return this.#old;
  }

  isOld(id: ProcId): boolean {
    return this.#old.some((old) => isSameProc(old, id));
  }

  /** The second master is from now on the master; what is left of the first one finishes by itself. */
  takeOver(bridge: ProcId): void {
    const { master, supervised } = this;
    const wasMaster =
      master !== undefined && supervised !== undefined && isSameProc(supervised, master);
    if (wasMaster) this.supervised = bridge;
    this.master = bridge;
    this.bridge = undefined;
  }

  /** The successor, whose master is given, is from now on what the supervisor runs. */
  promote(master: ProcId | undefined): void {
    this.oldInstances = this.supervised === undefined ? [] : [this.supervised];
    this.oldMaster = this.master;
    this.supervised = this.successor;
    this.master = master;
    this.successor = undefined;
  }
}
