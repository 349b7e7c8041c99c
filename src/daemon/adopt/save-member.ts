import type { Program } from '../../config/program.ts';
import { digestOf } from '../groups/compare-groups.ts';
import type { Member } from '../groups/member.ts';
import type { Instance } from '../overlap/instance.ts';
import type { RestingProcess } from './resting-process.ts';
import { stopOf, type SavedProcess } from './saved-state.ts';

/** What a next daemon has to know of a member: the process and the instances beside it. */
export function saveProcesses(member: Member): readonly SavedProcess[] {
  const { process, instances } = member;
  const { record } = process;
  const { main, overlap } = instances;
  const running = (instance: Instance) => ({ ...instance, state: 'RUNNING' as const });
  return [
    ...(record === undefined || main === undefined ? [] : [save(member, 'main', main, record)]),
    ...(overlap.successor === undefined ? [] : [overlap.successor]).map((instance) =>
      save(member, 'successor', instance, running(instance)),
    ),
    ...overlap.retiring.map((instance) => ({
      ...save(member, 'retiring', instance, running(instance)),
      ...(overlap.isTold(instance) ? { isTold: true as const } : {}),
    })),
  ];
}

/** What a next daemon has to know while there is no process; undefined where there is one. */
export function saveResting({ program, process, fingerprint }: Member): RestingProcess | undefined {
  if (process.record !== undefined) return undefined;
  const { group, name, kind } = program;
  const { logs, memory } = process;
  return { group, name, kind, fingerprint, logs, memory };
}

function save(
  { program, programInForce, process }: Member,
  role: SavedProcess['role'],
  { sockets, files, gracefulTimeoutS, patienceS }: Instance,
  { id, state, startedEpochMs }: Pick<SavedProcess, 'id' | 'state' | 'startedEpochMs'>,
): SavedProcess {
  const { group, name, kind }: Program = program;
  return {
    id,
    state,
    startedEpochMs,
    role,
    group,
    name,
    kind,
    logs: process.logs,
    memory: process.memory,
    fingerprint: digestOf(role === 'main' ? programInForce : program),
    sockets,
    files,
    gracefulTimeoutS,
    stop: stopOf(program, patienceS),
  };
}
