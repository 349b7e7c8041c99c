import { createHash } from 'node:crypto';
import type { LogTarget, Program, ProgramGroup } from '../../config/program.ts';
import { compareCodePoints } from '../../config/python/text.ts';
import type { ConfigChanges } from '../../rpc/supervisor.ts';

/**
 * What a new configuration would change in the active groups, as reloadConfig reports it (supervisor/supervisord.py, diff_to_active): added
 * and changed ones in the order of the configuration, removed ones in the order of their activation.
 */
export function compareGroups(
  active: readonly ProgramGroup[],
  wanted: readonly ProgramGroup[],
): ConfigChanges {
  const current = new Map(active.map((group) => [group.name, group]));
  const names = new Set(wanted.map(({ name }) => name));
  return {
    added: wanted.filter(({ name }) => !current.has(name)).map(({ name }) => name),
    changed: wanted
      .filter((group) => {
        const old = current.get(group.name);
        return old !== undefined && !isSameGroup(old, group);
      })
      .map(({ name }) => name),
    removed: active.filter(({ name }) => !names.has(name)).map(({ name }) => name),
  };
}

function isSameGroup(active: ProgramGroup, wanted: ProgramGroup): boolean {
  if (active.priority !== wanted.priority) return false;
  if (active.programs.length !== wanted.programs.length) return false;
  if (fingerprintOf(active.eventlistener) !== fingerprintOf(wanted.eventlistener)) return false;
  if (fingerprintOf(active.fcgi) !== fingerprintOf(wanted.fcgi)) return false;
  const ours = byName(active.programs);
  const theirs = byName(wanted.programs);
  return ours.every((program, index) => {
    const other = theirs[index];
    return (
      other !== undefined &&
      fingerprintOf(parameters(program)) === fingerprintOf(parameters(withLogsOf(other, program)))
    );
  });
}

/** A configuration that says AUTO never counts as a change: the log that the supervisor chose stays. */
function withLogsOf(wanted: Program, active: Program): Program {
  const target = (ours: LogTarget, theirs: LogTarget): LogTarget =>
    theirs.kind === 'auto' ? ours : theirs;
  return {
    ...wanted,
    stdout: { ...wanted.stdout, target: target(active.stdout.target, wanted.stdout.target) },
    stderr: { ...wanted.stderr, target: target(active.stderr.target, wanted.stderr.target) },
  };
}

/** What supervisord compares: neither where the section stands nor what reloadctl alone reads. */
function parameters(program: Program): unknown {
  return { ...program, position: undefined, settings: undefined, isStopwaitSet: undefined };
}

/** Asked for at every change of anything. */
const digests = new WeakMap<Program, string>();

/** A text that stands for everything that a restart of the program would apply, and that tells nothing of it. */
export function digestOf(program: Program): string {
  const known = digests.get(program);
  if (known !== undefined) return known;
  const digest = createHash('sha256')
    .update(fingerprintOf(parameters(program)))
    .digest('hex');
  digests.set(program, digest);
  return digest;
}

/** One text for values that are equal, whatever the order of their keys. */
function fingerprintOf(value: unknown): string {
  // In an array: JSON has no text for undefined alone.
  return JSON.stringify([value], (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareCodePoints(a, b)))
      : part,
  );
}

function byName(programs: readonly Program[]): readonly Program[] {
  return [...programs].sort((a, b) => compareCodePoints(a.name, b.name));
}
