import { existsSync } from 'node:fs';
import type { Configuration } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { hasEnded, type Proc } from '../../os/proc.ts';
import { digestOf } from '../groups/compare-groups.ts';
import { isAlive } from './foreign-processes.ts';
import type { RuntimeDirectory } from './runtime-directory.ts';
import { parseState, type SavedProcess } from './saved-state.ts';

/**
 * The processes that an earlier daemon on this runtime directory has left running: those of its state that still are who they were, and
 * those that it started in its last moment and could not write down, known by their stdin, which is one of our pipes.
 */
export async function findSurvivors(
  os: Pick<Os, 'process' | 'processes' | 'openFiles' | 'startedAt'>,
  runtime: RuntimeDirectory,
  configuration: Configuration,
  bootId: string,
): Promise<readonly SavedProcess[]> {
  const text = runtime.readState();
  const saved = text === undefined ? [] : parseState(text, bootId);
  const alive = await Promise.all(saved.map(({ id }) => isAlive(os, id)));
  const survivors = saved.filter((_, index) => alive[index] === true);
  const known = new Set(survivors.map(({ group, name }) => `${group}:${name}`));
  const unknown = configuration.groups
    .flatMap(({ programs }) => programs)
    .filter(({ group, name }) => !known.has(`${group}:${name}`));
  // Where the pipes are only made later, nobody can have them open.
  const byStdin = new Map(
    unknown
      .map((program) => [runtime.fifosOf(program.group, program.name).stdin, program] as const)
      .filter(([path]) => existsSync(path)),
  );
  if (byStdin.size === 0) return survivors;
  for (const proc of await os.processes()) {
    if (hasEnded(proc) || !leadsSession(proc)) continue;
    const program = byStdin.get((await stdinOf(os, proc)) ?? '');
    if (program === undefined) continue;
    survivors.push({
      id: { pid: proc.pid, startTicks: proc.startTicks },
      group: program.group,
      name: program.name,
      kind: program.kind,
      state: 'RUNNING',
      startedEpochMs: await os.startedAt(proc),
      logs: { stdout: undefined, stderr: undefined },
      fingerprint: digestOf(program),
      stop: {
        signalNumber: program.stopsignalNumber,
        waitSecs: program.stopwaitsecs,
        asGroup: program.stopasgroup,
        killAsGroup: program.killasgroup,
      },
    });
  }
  return survivors;
}

/** We start each program in a session of its own; what it forks is in the same one. */
function leadsSession({ pid, sid, pgid }: Proc): boolean {
  const number: number = pid;
  return sid === number && pgid === number;
}

async function stdinOf(os: Pick<Os, 'openFiles'>, proc: Proc): Promise<string | undefined> {
  const files = await os.openFiles(proc);
  if (!files.ok) return undefined; // Gone, or somebody else's: not ours.
  return files.value.find(({ fd }) => fd === 0)?.target;
}
