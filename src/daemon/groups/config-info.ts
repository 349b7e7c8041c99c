import { infoOfProgram, type ConfigInfo } from '../../config/changes/compare-options.ts';
import type { ProgramGroup } from '../../config/program.ts';
import { compareCodePoints } from '../../config/python/text.ts';

/** The structs of getAllConfigInfo, sorted by process name (supervisor/rpcinterface.py). `isActive` by group name. */
export function configInfo(
  groups: readonly ProgramGroup[],
  isActive: (group: string) => boolean,
): readonly ConfigInfo[] {
  return groups
    .flatMap((group) =>
      group.programs.map((program) => ({
        ...infoOfProgram(program),
        name: program.name,
        group: group.name,
        group_prio: group.priority,
        inuse: isActive(group.name),
      })),
    )
    .sort((a, b) => compareCodePoints(a.name, b.name));
}
