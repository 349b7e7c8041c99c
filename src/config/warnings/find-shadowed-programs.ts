import type { ConfigWarning } from '../position.ts';
import type { Configuration, Program, ProgramGroup } from '../program.ts';

/** Programs that never exist since another has their name: supervisord keeps one silently. */
export function findShadowedPrograms(configuration: Configuration): readonly ConfigWarning[] {
  return [
    ...findShadowedGroups(configuration.groups),
    ...configuration.groups.flatMap(findShadowedProcesses),
  ];
}

/** Of two groups with one name the first is kept. */
function findShadowedGroups(groups: readonly ProgramGroup[]): readonly ConfigWarning[] {
  const kept = new Map<string, ProgramGroup>();
  const warnings: ConfigWarning[] = [];
  for (const group of groups) {
    const other = kept.get(group.name);
    if (other === undefined) kept.set(group.name, group);
    else {
      const [program] = group.programs;
      const message = `a second group '${group.name}' never exists: its name is taken${placeOf(other.programs[0])}`;
      warnings.push({ message, position: program?.position });
    }
  }
  return warnings;
}

/** Of two processes with one name in a group the last is kept. */
function findShadowedProcesses(group: ProgramGroup): readonly ConfigWarning[] {
  const kept = new Map<string, Program>();
  const warnings: ConfigWarning[] = [];
  for (const program of group.programs) {
    const other = kept.get(program.name);
    if (other !== undefined) {
      const message = `process '${group.name}:${program.name}' never exists: its name is taken${placeOf(program)}`;
      warnings.push({ message, position: other.position });
    }
    kept.set(program.name, program);
  }
  return warnings;
}

function placeOf(program: Program | undefined): string {
  if (program === undefined) return '';
  return ` by [${program.kind}:${program.section}] at ${program.position.file}:${program.position.line}`;
}
