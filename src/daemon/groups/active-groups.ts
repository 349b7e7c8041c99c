import { err, ok, type Result } from '../../base/result.ts';
import type { ProgramGroup } from '../../config/program.ts';
import { compareCodePoints } from '../../config/python/text.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import type { Fault } from '../control.ts';
import type { ProcessSnapshot } from '../process/process-info.ts';
import { ActiveGroup } from './active-group.ts';
import type { Closings } from './closings.ts';
import type { MemberDeps } from './member-deps.ts';
import type { Member } from './member.ts';

/** The groups whose programs are supervised. */
export class ActiveGroups {
  readonly #deps: MemberDeps;
  readonly #closings: Closings;
  /** In the order of their activation. */
  readonly #groups = new Map<string, ActiveGroup>();

  constructor(deps: MemberDeps, closings: Closings) {
    this.#deps = deps;
    this.#closings = closings;
  }

  /** In the order of their activation. */
  get all(): readonly ActiveGroup[] {
    return [...this.#groups.values()];
  }

  /** By ascending priority, stable. */
  get byPriority(): readonly ActiveGroup[] {
    return [...this.all].sort((a, b) => a.priority - b.priority);
  }

  get members(): readonly Member[] {
    return this.all.flatMap(({ members }) => members);
  }

  /** Every process, by group name and process name in code points, as getAllProcessInfo lists them. */
  snapshots(): readonly ProcessSnapshot[] {
    return this.members
      .map(({ process }) => process.snapshot)
      .sort((a, b) => compareCodePoints(a.group, b.group) || compareCodePoints(a.name, b.name));
  }

  get(name: string): ActiveGroup | undefined {
    return this.#groups.get(name);
  }

  member(group: string, name: string): Member | undefined {
    return this.#groups.get(group)?.member(name);
  }

  /** As {@link member}; BAD_NAME with the name. */
  find(group: string, name: string): Result<Member, Fault> {
    const member = this.member(group, name);
    return member === undefined
      ? err({ name: 'BAD_NAME', detail: nameSpecOf({ group, name }) })
      : ok(member);
  }

  /** `isNew` is false for one that was active under an earlier daemon. */
  activate(config: ProgramGroup, { isNew }: { readonly isNew: boolean }): ActiveGroup {
    const group = new ActiveGroup(config, this.#deps);
    this.#groups.set(config.name, group);
    if (isNew) this.#deps.events.emit({ type: 'PROCESS_GROUP_ADDED', groupName: config.name });
    return group;
  }

  /** STILL_RUNNING, BAD_NAME. */
  remove(name: string): Result<true, Fault> {
    const group = this.#groups.get(name);
    if (group === undefined) return err({ name: 'BAD_NAME', detail: name });
    if (!group.isStopped) return err({ name: 'STILL_RUNNING', detail: name });
    this.#groups.delete(name);
    this.#deps.events.emit({ type: 'PROCESS_GROUP_REMOVED', groupName: name });
    this.#closings.add(name, group.close());
    this.#deps.onChange();
    return ok(true);
  }

  /** Stops everything, in descending priority. Resolves when nothing runs any more. */
  async shutDown(): Promise<void> {
    for (const group of [...this.byPriority].reverse()) await group.shutDown();
    // A program of a group that was already done may have been in the middle of a start.
    for (const group of this.all) await group.shutDown();
    for (const group of this.all) this.#closings.add(group.name, group.close());
  }
}
