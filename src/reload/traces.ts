import type { Result } from '../base/result.ts';
import { isSameProc, type ProcId } from '../os/proc.ts';
import type { KnownSupervisor, SupervisorDoubt } from './claimed-process.ts';
import type { ProgramMarker } from '../os/program-marker.ts';

/** By what the processes of the program are known when nobody is above them any more. */
export class Traces {
  readonly #remembered = new Map<number, ProcId>();
  /** Whose processes can be the program's: what others bear in their environment is anybody's word. */
  readonly uids = new Set<number>();
  /** What every process of the program bears in its environment. */
  marker: ProgramMarker | undefined;
  /** What is known of the supervisor; undefined until it is asked for. */
  knownSupervisor: Result<KnownSupervisor, SupervisorDoubt> | undefined;
  /** The supervisor's own process; undefined where it is not known. */
  supervisorPid: number | undefined;
  /** Where the program listened before it was stopped; none where it did not, or that was not seen. */
  listenedOn: readonly string[] = [];

  /** These processes belong to the program. */
  remember(procs: readonly ProcId[]): void {
    for (const { pid, startTicks } of procs) this.#remembered.set(pid, { pid, startTicks });
  }

  isRemembered(id: ProcId): boolean {
    const known = this.#remembered.get(id.pid);
    return known !== undefined && isSameProc(known, id);
  }
}
