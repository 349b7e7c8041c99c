import { ok } from '../../base/result.ts';
import type { Configuration, Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { findSupervisor, provenProc } from '../claimed-process.ts';
import type { Proc } from '../../os/proc.ts';
import type { StateDirectory } from '../../os/state-files.ts';
import { describeGroup } from '../../rpc/group-changes.ts';
import { askOverlap } from '../../rpc/overlap.ts';
import type { ConfigChanges, ProcessInfo, RpcResult, Supervisor } from '../../rpc/supervisor.ts';
import type { ConfigInfo } from '../../config/changes/compare-options.ts';
import { compareWithActive, textsToRemember } from './compare-with-active.ts';
import type { GroupUpdate } from './group-update.ts';
import {
  readRemembered,
  writeRemembered,
  type Remembered,
  type RememberedGroup,
} from './remembered.ts';

/** What a survey is made with. */
export interface SurveyWorld {
  readonly os: Os;
  readonly supervisor: Supervisor;
  readonly state: StateDirectory | undefined;
  /** Our own reading of the file, as it is now; undefined where there is none, or it does not parse. */
  readonly readConfiguration: () => Promise<Configuration | undefined>;
}

/** What the configuration on disk would change. */
export interface Survey {
  readonly changes: ConfigChanges;
  /** One a group: those that are gone, changed, new. */
  readonly updates: readonly GroupUpdate[];
  /** Keeps what is active for the next time; to be called at the end, with the groups that were applied. */
  readonly remember: (applied: ReadonlySet<string>) => Promise<void>;
}

/** Has the supervisor read its configuration, applies nothing, and finds out what differs from what is active. */
export async function surveyChanges(world: SurveyWorld): Promise<RpcResult<Survey>> {
  const { os, supervisor, state } = world;
  const pid = await supervisor.getPid();
  // Who cannot be reached, or does not answer, is not asked again.
  if (!pid.ok && pid.error.kind !== 'fault') return pid;
  const known = await findSupervisor(os, supervisor);
  const proc = provenProc(known);
  const remembered = await readRemembered(state, supervisor.url, proc);
  const before = await askConfig(supervisor);
  const changes = await supervisor.reloadConfig();
  if (!changes.ok) return changes;
  const infos = await supervisor.getAllProcessInfo();
  const desk = new SurveyDesk(world, proc, remembered, {
    before,
    after: await askConfig(supervisor),
    infos: infos.ok ? infos.value : [],
    programs: (await world.readConfiguration())?.groups.flatMap(({ programs }) => programs) ?? [],
  });
  const updates: GroupUpdate[] = [];
  const { removed, changed, added } = changes.value;
  for (const group of removed) updates.push(desk.describeRemoved(group));
  for (const group of changed) updates.push(await desk.describeChanged(group));
  for (const group of added) {
    updates.push({
      group,
      change: 'added',
      changes: undefined,
      touched: [],
      overlapping: [],
      remarks: [],
    });
  }
  return ok({
    changes: changes.value,
    updates,
    remember: (applied) => desk.remember(changes.value, applied),
  });
}

/** undefined where it fails: supervisord 4.3 and later do for programs with autorestart=true. */
async function askConfig(supervisor: Supervisor): Promise<readonly ConfigInfo[] | undefined> {
  const infos = await supervisor.getAllConfigInfo();
  return infos.ok ? infos.value : undefined;
}

interface Told {
  readonly before: readonly ConfigInfo[] | undefined;
  readonly after: readonly ConfigInfo[] | undefined;
  readonly infos: readonly ProcessInfo[];
  readonly programs: readonly Program[];
}

class SurveyDesk {
  readonly #world: SurveyWorld;
  readonly #proc: Proc | undefined;
  readonly #remembered: Remembered;
  readonly #told: Told;

  constructor(world: SurveyWorld, proc: Proc | undefined, remembered: Remembered, told: Told) {
    this.#world = world;
    this.#proc = proc;
    this.#told = told;
    // Who was started later may have been taken up with another configuration by somebody else.
    this.#remembered = Object.fromEntries(
      Object.entries(remembered).filter(([group, { atEpochS }]) =>
        this.#activeOf(group).every(({ start }) => start <= atEpochS),
      ),
    );
  }

  describeRemoved(group: string): GroupUpdate {
    const running = this.#activeOf(group).filter(({ pid }) => pid !== 0);
    return {
      group,
      change: 'removed',
      changes: undefined,
      touched: running.map(({ name }) => name),
      overlapping: [],
      remarks: [],
    };
  }

  async describeChanged(group: string): Promise<GroupUpdate> {
    const { os, supervisor } = this.#world;
    const described = await describeGroup(supervisor, group);
    if (described.ok && described.value !== undefined) {
      const { members, replace } = described.value;
      const isRestarted = (name: string): boolean =>
        replace || members.some((each) => each.name === name && each.restart);
      const isRemoved = (name: string): boolean =>
        members.some((each) => each.name === name && each.change === 'removed');
      const running = this.#activeOf(group).filter(({ pid }) => pid !== 0);
      const restarted = running.filter(({ name }) => isRestarted(name));
      return {
        group,
        change: 'changed',
        changes: described.value,
        touched: running
          .map(({ name }) => name)
          .filter((name) => isRestarted(name) || isRemoved(name)),
        overlapping: replace ? [] : await this.#overlapping(restarted),
        remarks: [],
      };
    }
    return compareWithActive(os, {
      name: group,
      active: this.#activeOf(group),
      before: this.#told.before?.filter((info) => info.group === group),
      after: this.#told.after?.filter((info) => info.group === group),
      remembered: this.#remembered[group],
      programs: this.#programsOf(group),
      supervisor: this.#proc,
    });
  }

  async #overlapping(running: readonly ProcessInfo[]): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { group, name } of running) {
      const overlap = await askOverlap(this.#world.supervisor, `${group}:${name}`);
      if (overlap.ok && (overlap.value?.sockets.length ?? 0) > 0) names.push(name);
    }
    return names;
  }

  async remember(
    { added, changed, removed }: ConfigChanges,
    applied: ReadonlySet<string>,
  ): Promise<void> {
    const { supervisor, state } = this.#world;
    const infos = await supervisor.getAllProcessInfo();
    if (!infos.ok || state === undefined) return;
    const pending = new Set(
      [...added, ...changed, ...removed].filter((name) => !applied.has(name)),
    );
    const groups: Record<string, RememberedGroup> = {};
    for (const group of new Set(infos.value.map((info) => info.group))) {
      const known = pending.has(group) ? this.#pending(group) : this.#present(group, infos.value);
      if (known !== undefined) groups[group] = known;
    }
    await writeRemembered(state, supervisor.url, this.#proc, groups);
  }

  /** As the configuration has it. */
  #present(group: string, infos: readonly ProcessInfo[]): RememberedGroup | undefined {
    const told = this.#told.after?.filter((info) => info.group === group);
    if (told === undefined) return undefined;
    const members = textsToRemember(told, this.#programsOf(group));
    return { atEpochS: newest(infos), members };
  }

  /** Still active as it was before the configuration was read. */
  #pending(group: string): RememberedGroup | undefined {
    const known = this.#remembered[group];
    if (known !== undefined) return known;
    const told = this.#told.before?.filter((info) => info.group === group && info.inuse === true);
    if (told === undefined || told.length === 0) return undefined;
    const atEpochS = newest(this.#told.infos);
    return { atEpochS, members: textsToRemember(told, []) };
  }

  #activeOf(group: string): readonly ProcessInfo[] {
    return this.#told.infos.filter((info) => info.group === group);
  }

  #programsOf(group: string): readonly Program[] {
    return this.#told.programs.filter((program) => program.group === group);
  }
}

/** The latest of the times at which they were seen. */
function newest(infos: readonly ProcessInfo[]): number {
  return infos.reduce((latest, { now }) => Math.max(latest, now), 0);
}
