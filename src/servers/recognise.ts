import type { Os } from '../os/os.ts';
import { hasEnded, type Proc, type ProcId } from '../os/proc.ts';
import {
  binaryName,
  catches,
  listChildren,
  readLiveProcess,
  readLiveServer,
  type LiveProcess,
  type LiveServer,
} from './live-process.ts';
import { resolveType, type ResolvedType } from './resolve-type.ts';
import type { ServerType } from './server-type.ts';

/** What stands at or below a process. */
export type ServerSearch =
  | { readonly found: 'server'; readonly server: ResolvedType; readonly live: LiveServer }
  /** Its binary is there, its signal handlers are not. */
  | { readonly found: 'booting'; readonly type: ServerType; readonly proc: Proc }
  | { readonly found: 'none' };

/** Wrappers nest: env, sh, a start script. More than this is not a wrapper any more. */
const MAX_DEPTH = 6;

/**
 * Finds the master of a server of one of these types at or below `root`, nearest first. Only an only child is followed: below a process with
 * several children there is a server, not a wrapper.
 */
export async function findServer(
  os: Os,
  root: ProcId,
  types: readonly ServerType[],
  listing?: readonly Proc[],
): Promise<ServerSearch> {
  const all = listing ?? (await os.processes());
  let proc = all.find(({ pid, startTicks }) => pid === root.pid && startTicks === root.startTicks);
  for (let depth = 0; depth < MAX_DEPTH && proc !== undefined; depth += 1) {
    if (hasEnded(proc)) break;
    const process = await readLiveProcess(os, proc);
    // What says more about itself comes first: pm2 before node.
    const named = types
      .filter((type) => isNamed(type, process))
      .toSorted(
        (a, b) =>
          Number(b.recognition.argv !== undefined) - Number(a.recognition.argv !== undefined),
      );
    if (named.length > 0) {
      const live = await readLiveServer(os, proc, all);
      const type = named.find((each) => isMaster(each, live));
      if (type !== undefined) return { found: 'server', server: resolveType(type, live), live };
      const [first] = named.filter(({ recognition }) => recognition.also?.(live) ?? true);
      if (first !== undefined) return { found: 'booting', type: first, proc };
    }
    const children = listChildren(all, proc);
    proc = children.length === 1 ? children[0] : undefined;
  }
  return { found: 'none' };
}

/** Whether its binary, and its argv where the binary is an interpreter, are those of the type. */
export function isNamed({ recognition }: ServerType, process: LiveProcess): boolean {
  const { binaries, argv } = recognition;
  return binaries.test(binaryName(process)) && (argv?.test(process.argv.join(' ')) ?? true);
}

function isMaster({ recognition }: ServerType, live: LiveServer): boolean {
  return (
    live.caught !== undefined &&
    catches(live, recognition.catches) &&
    (recognition.also?.(live) ?? true)
  );
}
