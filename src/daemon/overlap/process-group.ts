import type { Os } from '../../os/os.ts';
import { hasEnded, isSameProc, type Proc, type ProcId } from '../../os/proc.ts';
import { bearsMarker, type ProgramMarker } from '../../os/program-marker.ts';

/** By what the processes that an instance leaves behind are known, beside the number of its group. */
export interface LeftBehind {
  /** The others of its process group, as they were when it ended. Never rejects. */
  readonly members: Promise<readonly Proc[]>;
  /** What it gave to each of them; undefined where a part of that is not set. */
  readonly marker: ProgramMarker | undefined;
  /** The user it was started as. */
  readonly uid: number;
}

/** Everybody in the process group that `leader` leads or has led; nobody when another one leads it by now. */
export function membersOf(all: readonly Proc[], leader: ProcId): readonly Proc[] {
  const present = all.find(({ pid }) => pid === leader.pid);
  if (present !== undefined && !hasEnded(present) && !isSameProc(present, leader)) return [];
  return all.filter(({ pgid, pid }) => pgid === leader.pid && pid !== leader.pid);
}

/** What an instance that has ended has left of its group. It gets to know those who come while others are still there. */
export class LeftGroup {
  readonly #os: Pick<Os, 'processes' | 'environment'>;
  readonly #leader: ProcId;
  readonly #left: LeftBehind;
  #known: readonly Proc[] | undefined;

  constructor(os: Pick<Os, 'processes' | 'environment'>, leader: ProcId, left: LeftBehind) {
    this.#os = os;
    this.#leader = leader;
    this.#left = left;
  }

  /**
   * Those that are alive. While one that was of the group is there its number cannot have been given away, so that all of
   * them are of it; without any, whoever bears the marks of the program and is of one of its users.
   */
  async living(): Promise<readonly Proc[]> {
    const known = (this.#known ??= await this.#left.members);
    const all = await this.#os.processes();
    // A leader that lives is somebody else: the one that we mean has ended.
    if (all.some((each) => each.pid === this.#leader.pid && !hasEnded(each))) return [];
    const group = membersOf(all, this.#leader);
    if (group.some((each) => known.some((one) => isSameProc(one, each)))) {
      this.#known = [...known, ...group];
      return group.filter((each) => !hasEnded(each));
    }
    const uids = new Set([this.#left.uid, ...known.map(({ uid }) => uid)]);
    const proven: Proc[] = [];
    for (const each of group) {
      if (!hasEnded(each) && uids.has(each.uid) && (await this.#isMarked(each))) proven.push(each);
    }
    return proven;
  }

  #isMarked(id: ProcId): Promise<boolean> | false {
    const { marker } = this.#left;
    return marker !== undefined && bearsMarker(this.#os, id, marker);
  }
}
