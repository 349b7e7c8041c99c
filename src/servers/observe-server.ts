import type { Os } from '../os/os.ts';
import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
import { readLiveServer } from './live-process.ts';
import { hasOpened } from './has-opened.ts';
import { RuledFamilies } from './ruled-families.ts';
import type { ResolvedType } from './resolve-type.ts';
import type { FamilyReader, MasterView, ServerView } from './server-view.ts';
import type { ServerType } from './server-type.ts';

/** Looks at the masters of one type again and again. */
export class ServerObserver {
  readonly #os: Os;
  readonly #type: ServerType;
  readonly #isSingle: boolean;
  readonly #families: FamilyReader;

  constructor(os: Os, resolved: ResolvedType) {
    this.#os = os;
    this.#type = resolved.type;
    this.#isSingle = resolved.workers === undefined;
    this.#families = resolved.type.families?.(os) ?? new RuledFamilies(os, resolved);
  }

  /** The master and what runs below it, or undefined when it is gone. */
  async look(master: ProcId, listing?: readonly Proc[]): Promise<ServerView | undefined> {
    const all = listing ?? (await this.#os.processes());
    const proc = all.find((candidate) => isSameProc(candidate, master));
    if (proc === undefined || hasEnded(proc)) return undefined;
    const { second, ...family } = await this.#families.read(proc, all);
    return {
      proc,
      ...family,
      bridge: second === undefined ? undefined : await this.#lookAtSecond(second, all),
      // Its title may have changed since the last look, so it is read anew.
      jobs: this.#type.countJobs?.(await readLiveServer(this.#os, proc, all)),
      isSingle: this.#isSingle,
      serves:
        this.#isSingle && this.#type.single !== undefined
          ? await hasOpened(this.#os, proc, this.#type.single)
          : undefined,
    };
  }

  async #lookAtSecond(proc: Proc, all: readonly Proc[]): Promise<MasterView> {
    const { workers } = await this.#families.read(proc, all);
    return { proc, workers };
  }
}
