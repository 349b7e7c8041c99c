import type { Configuration } from '../config/program.ts';
import { SUPERVISOR_DEFAULTS } from '../config/supervisor-defaults.ts';
import type { ProcessInfo, Supervisor } from '../rpc/supervisor.ts';

/** When a process has its turn: lower numbers first. */
interface Priority {
  readonly group: number;
  readonly process: number;
}

const { priority } = SUPERVISOR_DEFAULTS;
const DEFAULT_PRIORITY: Priority = { group: priority, process: priority };

/**
 * By ascending priority of the group, then of the process, as supervisord itself starts and stops them (supervisor/process.py,
 * ProcessGroupBase); what is equal stays in its order, and a group together. The supervisor is only asked for what the configuration
 * at hand does not have.
 */
export async function orderProcesses<T extends Pick<ProcessInfo, 'group' | 'name'>>(
  processes: readonly T[],
  configuration: Pick<Configuration, 'groups'> | undefined,
  supervisor: Pick<Supervisor, 'getAllConfigInfo'>,
): Promise<readonly T[]> {
  if (processes.length < 2) return processes;
  const known = fromConfiguration(configuration);
  const isComplete = processes.every((each) => known.has(keyOf(each)));
  const reported = isComplete ? new Map<string, Priority>() : await askSupervisor(supervisor);
  const priorityOf = (each: T): Priority =>
    known.get(keyOf(each)) ?? reported.get(keyOf(each)) ?? DEFAULT_PRIORITY;
  const groups = [...new Set(processes.map(({ group }) => group))];
  return [...processes].sort((left, right) => {
    const [a, b] = [priorityOf(left), priorityOf(right)];
    return (
      a.group - b.group ||
      groups.indexOf(left.group) - groups.indexOf(right.group) ||
      a.process - b.process
    );
  });
}

const keyOf = ({ group, name }: Pick<ProcessInfo, 'group' | 'name'>): string => `${group}:${name}`;

function fromConfiguration(
  configuration: Pick<Configuration, 'groups'> | undefined,
): ReadonlyMap<string, Priority> {
  return new Map(
    (configuration?.groups ?? []).flatMap((group) =>
      group.programs.map((program): readonly [string, Priority] => [
        keyOf({ group: group.name, name: program.name }),
        { group: group.priority, process: program.priority },
      ]),
    ),
  );
}

/** None where it cannot say: supervisord 4.3 and later fail at this call for some configurations. */
async function askSupervisor(
  supervisor: Pick<Supervisor, 'getAllConfigInfo'>,
): Promise<ReadonlyMap<string, Priority>> {
  const infos = await supervisor.getAllConfigInfo();
  if (!infos.ok) return new Map();
  const numberOr = (value: unknown, fallback: number): number =>
    typeof value === 'number' ? value : fallback;
  return new Map(
    infos.value.map((info): readonly [string, Priority] => [
      `${String(info.group)}:${String(info.name)}`,
      {
        group: numberOr(info.group_prio, DEFAULT_PRIORITY.group),
        process: numberOr(info.process_prio, DEFAULT_PRIORITY.process),
      },
    ]),
  );
}
