import { err, ok, type Result } from '../../base/result.ts';
import { takesRestart } from '../../config/changes/compare-options.ts';
import type { GroupChanges } from '../../config/changes/group-changes.ts';
import type { Configuration, ProgramGroup } from '../../config/program.ts';
import type { ConfigChanges } from '../../rpc/supervisor.ts';
import type { Fault } from '../control.ts';
import type { Logger } from '../logs/logger.ts';
import type { ActiveGroup } from './active-group.ts';
import type { ActiveGroups } from './active-groups.ts';
import { compareGroups } from './compare-groups.ts';
import { configInfo } from './config-info.ts';
import { describeChanges } from './describe-changes.ts';

/** What a {@link Reconfiguration} needs. */
export interface ReconfigurationDeps {
  readonly groups: ActiveGroups;
  readonly logger: Logger;
  /** Reads the configuration anew; the error is supervisord's message. */
  readonly readConfiguration: () => Promise<Result<Configuration, string>>;
  readonly onChange: () => void;
}

/** The configuration that was read last, and what it changes in the active groups. */
export class Reconfiguration {
  readonly #deps: ReconfigurationDeps;
  #wanted: readonly ProgramGroup[];

  constructor(deps: ReconfigurationDeps, { groups }: Pick<Configuration, 'groups'>) {
    this.#deps = deps;
    this.#wanted = groups;
  }

  /** The groups that it asks for. */
  get wanted(): readonly ProgramGroup[] {
    return this.#wanted;
  }

  /** CANT_REREAD. Nothing is applied. */
  async reread(): Promise<Result<ConfigChanges, Fault>> {
    const read = await this.#deps.readConfiguration();
    if (!read.ok) return err({ name: 'CANT_REREAD', detail: read.error });
    this.#wanted = read.value.groups;
    const active = this.#deps.groups.all.map(({ configInForce }) => configInForce);
    return ok(compareGroups(active, this.#wanted));
  }

  /** ALREADY_ADDED, BAD_NAME. */
  add(name: string): Result<true, Fault> {
    const { groups } = this.#deps;
    if (groups.get(name) !== undefined) return err({ name: 'ALREADY_ADDED', detail: name });
    const config = this.#wantedGroup(name);
    if (config === undefined) return err({ name: 'BAD_NAME', detail: name });
    const group = groups.activate(config, { isNew: true });
    for (const { pipes } of group.members) pipes.nameLogs();
    group.autostart();
    return ok(true);
  }

  /** What it would change in an active group. BAD_NAME: it has none of that name, or it is not active. */
  describe(name: string): Result<GroupChanges, Fault> {
    const found = this.#find(name);
    return found.ok ? ok(describeChanges(found.value.group, found.value.wanted)) : found;
  }

  /**
   * Applies that, but for what `replace` and `restart` say; with `replace` nothing. What it describes is how things were before.
   * Resolves when processes that are gone from the configuration have ended.
   */
  async update(name: string): Promise<Result<GroupChanges, Fault>> {
    const found = this.#find(name);
    if (!found.ok) return found;
    const { group, wanted } = found.value;
    const changes = describeChanges(group, wanted);
    if (changes.replace) return ok(changes);
    const { logger, onChange } = this.#deps;
    logger.log('info', `updating group ${name}`);
    const begunAnew = new Set(
      changes.members.filter(({ options }) => options.some(takesRestart)).map((each) => each.name),
    );
    const updated = group.update(wanted, (member) => begunAnew.has(member));
    onChange();
    await updated;
    onChange();
    return ok(changes);
  }

  /** The structs of getAllConfigInfo, in their order. */
  info(): ReadonlyArray<Readonly<Record<string, unknown>>> {
    return configInfo(this.#wanted, (name) => this.#deps.groups.get(name) !== undefined);
  }

  /** Why a daemon that reads the file now would not have the same groups; undefined when it would. A clause. */
  async findDifference(): Promise<string | undefined> {
    const read = await this.#deps.readConfiguration();
    if (!read.ok) return `its configuration cannot be read any more: ${read.error}`;
    const active = this.#deps.groups.all.map(({ config }) => config);
    const { changed, removed } = compareGroups(active, read.value.groups);
    const [different] = [...changed, ...removed];
    if (different === undefined) return undefined;
    return `group ${different} is another one in the configuration file by now: apply that first (update)`;
  }

  #wantedGroup(name: string): ProgramGroup | undefined {
    return this.#wanted.find((group) => group.name === name);
  }

  #find(
    name: string,
  ): Result<{ readonly group: ActiveGroup; readonly wanted: ProgramGroup }, Fault> {
    const group = this.#deps.groups.get(name);
    const wanted = this.#wantedGroup(name);
    return group === undefined || wanted === undefined
      ? err({ name: 'BAD_NAME', detail: name })
      : ok({ group, wanted });
  }
}
