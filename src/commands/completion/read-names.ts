import type { Context } from '../context.ts';
import type { Names } from './list-candidates.ts';

/** Nobody waits longer for names. */
const LIMIT_MS = 300;

/**
 * The names that the supervisor has, first, and those of the configuration. What cannot be read, or not within 0.3 s, is left out: the one who
 * pressed Tab can do nothing about it.
 */
export async function readNames(context: Context): Promise<Names> {
  const [running, configured] = await Promise.all([askSupervisor(context), readFile(context)]);
  const known = new Set(running.map(({ group, name }) => `${group}:${name}`));
  return {
    processes: [
      ...running,
      ...configured.processes.filter(({ group, name }) => !known.has(`${group}:${name}`)),
    ],
    groups: configured.groups,
  };
}

async function askSupervisor(context: Context): Promise<Names['processes']> {
  try {
    const infos = await context.supervisor.getAllProcessInfo({ timeoutMs: LIMIT_MS });
    return infos.ok ? infos.value.map(({ group, name }) => ({ group, name })) : [];
  } catch {
    return []; // The configuration does not say where the supervisor is.
  }
}

async function readFile(context: Context): Promise<Names> {
  try {
    const configuration = await context.loadConfiguration();
    const groups = configuration?.groups ?? [];
    return {
      processes: groups.flatMap(({ name: group, programs }) =>
        programs.map(({ name }) => ({ group, name })),
      ),
      groups: groups.map(({ name }) => name),
    };
  } catch {
    return { processes: [], groups: [] }; // The command itself will say what is wrong with it.
  }
}
