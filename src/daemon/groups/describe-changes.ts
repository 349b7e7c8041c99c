import { isDeepStrictEqual } from 'node:util';
import {
  compareEnvironments,
  compareOptions,
  takesRestart,
  textsOfProgram,
  type OptionChange,
} from '../../config/changes/compare-options.ts';
import type { GroupChanges, MemberChange } from '../../config/changes/group-changes.ts';
import type { Program, ProgramGroup } from '../../config/program.ts';

/** An active group as {@link describeChanges} has to know it. */
export interface GroupInForce {
  readonly config: ProgramGroup;
  readonly members: ReadonlyArray<{
    readonly programInForce: Program;
    readonly process: { readonly isStopped: boolean };
  }>;
}

/** What `wanted` changes in an active group. */
export function describeChanges(active: GroupInForce, wanted: ProgramGroup): GroupChanges {
  const { config } = active;
  const replace =
    isPool(config) ||
    isPool(wanted) ||
    !isDeepStrictEqual(config.fcgi, wanted.fcgi) ||
    wanted.programs.some(({ name, kind }) => kind !== (kindOf(active, name) ?? kind));
  const programs = new Map(wanted.programs.map((program) => [program.name, program]));
  const kept = active.members.map(({ programInForce, process }): MemberChange => {
    const { name } = programInForce;
    const program = programs.get(name);
    if (program === undefined) return { name, change: 'removed', options: [], restart: false };
    const options = comparePrograms(programInForce, program);
    const restart = !process.isStopped && (replace || options.some(takesRestart));
    return { name, change: options.length === 0 ? 'same' : 'changed', options, restart };
  });
  const known = new Set(kept.map(({ name }) => name));
  const added = [...programs.keys()]
    .filter((name) => !known.has(name))
    .map((name): MemberChange => ({ name, change: 'added', options: [], restart: false }));
  return {
    group: wanted.name,
    options: comparePriorities(config.priority, wanted.priority),
    members: [...kept, ...added],
    replace,
  };
}

/** The processes of a pool share a buffer of events, which a running one cannot be moved from. */
const isPool = (group: ProgramGroup): boolean => group.eventlistener !== undefined;

/** The kind of a member; that of a new one is no change. */
function kindOf({ members }: GroupInForce, name: string): Program['kind'] | undefined {
  return members.find(({ programInForce }) => programInForce.name === name)?.programInForce.kind;
}

function comparePriorities(old: number, wanted: number): readonly OptionChange[] {
  return compareOptions(
    new Map([['group priority', String(old)]]),
    new Map([['group priority', String(wanted)]]),
  );
}

function comparePrograms(old: Program, wanted: Program): readonly OptionChange[] {
  const environment = compareEnvironments(old.environment, wanted.environment);
  return [
    ...compareOptions(textsOfProgram(old), textsOfProgram(wanted)),
    ...(environment === undefined ? [] : [environment]),
  ];
}
