import { hasEnded, type Proc, type ProcId } from '../../os/proc.ts';
import type { Os } from '../../os/os.ts';
import { parseGunicornArgv } from './command-line.ts';
import { hasMasterSignals } from './observe.ts';
import { isHeartbeatFile } from './readiness.ts';

/** What was found at or below a process that a supervisor started. */
export type MasterSearch =
  /** `sure`: it holds its workers' heartbeat files; otherwise those may not be seen, and signals and argv speak for it. */
  | { readonly found: 'master'; readonly proc: Proc; readonly sure: boolean }
  /** gunicorn is starting: its argv is there, its signal handlers are not. */
  | { readonly found: 'booting'; readonly proc: Proc }
  | { readonly found: 'none' };

/** Wrappers nest: env, poetry run, newrelic-admin, a start script. More than this is not a wrapper any more. */
const MAX_DEPTH = 6;

/**
 * Finds the gunicorn master at or below `root`, nearest first: the process that has a master's signal handlers and holds the heartbeat
 * files of workers. Command lines only tell a booting gunicorn from something else, since setproctitle rewrites them.
 */
export async function findGunicornMaster(
  os: Os,
  root: ProcId,
  listing?: readonly Proc[],
): Promise<MasterSearch> {
  const all = listing ?? (await os.processes());
  let level = all.filter((proc) => proc.pid === root.pid && proc.startTicks === root.startTicks);
  let booting: Proc | undefined;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    for (const proc of level) {
      if (hasEnded(proc)) continue;
      const argv = await os.argv(proc);
      const isGunicorn = argv.ok && namesGunicorn(argv.value);
      if (await hasMasterSignals(os, proc)) {
        const files = await os.openFiles(proc);
        const sure = files.ok && files.value.some((file) => isHeartbeatFile(file.target));
        if (sure || isGunicorn) return { found: 'master', proc, sure };
      } else if (isGunicorn) booting ??= proc;
    }
    const parents = new Set<number>(level.map((proc) => proc.pid));
    level = all.filter((proc) => parents.has(proc.ppid));
  }
  return booting === undefined ? { found: 'none' } : { found: 'booting', proc: booting };
}

function namesGunicorn(argv: readonly string[]): boolean {
  return parseGunicornArgv(argv) !== undefined || (argv[0] ?? '').startsWith('gunicorn: ');
}
