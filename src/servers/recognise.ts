import type { Os } from '../os/os.ts';
import { hasEnded, isSameProc, type Proc, type ProcId } from '../os/proc.ts';
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

/** Wrappers nest: env, sh, poetry run, a start script. More than this is not a wrapper any more. */
const MAX_DEPTH = 6;

const NONE = { found: 'none' } as const;

/** Finds the master of a server of one of these types at or below `root`, nearest first. */
export async function findServer(
  os: Os,
  root: ProcId,
  types: readonly ServerType[],
  listing?: readonly Proc[],
): Promise<ServerSearch> {
  const all = listing ?? (await os.processes());
  const isFirst = ({ recognition }: ServerType): boolean => recognition.amongSiblings === true;
  const first = await searchAmongSiblings(os, root, types.filter(isFirst), all);
  if (first.found !== 'none') return first;
  const others = types.filter((type) => !isFirst(type));
  return searchOnlyChildren(os, root, others, all);
}

/** A server that is starting counts only where none is found that has started. */
async function searchAmongSiblings(
  os: Os,
  root: ProcId,
  types: readonly ServerType[],
  all: readonly Proc[],
): Promise<ServerSearch> {
  if (types.length === 0) return NONE;
  let booting: ServerSearch = NONE;
  let level: readonly Proc[] = all.filter((proc) => isSameProc(proc, root) && !hasEnded(proc));
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    for (const proc of level) {
      const search = await recognise(os, proc, types, all);
      if (search.found === 'server') return search;
      if (booting.found === 'none') booting = search;
    }
    level = level.flatMap((proc) => listChildren(all, proc));
  }
  return booting;
}

/** Only an only child is followed: below a process with several there is a server, not a wrapper. */
async function searchOnlyChildren(
  os: Os,
  root: ProcId,
  types: readonly ServerType[],
  all: readonly Proc[],
): Promise<ServerSearch> {
  let proc = all.find((candidate) => isSameProc(candidate, root));
  for (let depth = 0; depth < MAX_DEPTH && proc !== undefined && !hasEnded(proc); depth += 1) {
    const search = await recognise(os, proc, types, all);
    if (search.found !== 'none') return search;
    const children = listChildren(all, proc);
    proc = children.length === 1 ? children[0] : undefined;
  }
  return NONE;
}

/** What this very process is. */
async function recognise(
  os: Os,
  proc: Proc,
  types: readonly ServerType[],
  all: readonly Proc[],
): Promise<ServerSearch> {
  const process = await readLiveProcess(os, proc);
  // What says more about itself comes first: pm2 before node.
  const named = types
    .filter((type) => isNamed(type, process))
    .toSorted(
      (a, b) => Number(b.recognition.argv !== undefined) - Number(a.recognition.argv !== undefined),
    );
  const proven = named.length > 0 ? [] : await filterProven(os, process, types);
  const candidates = [...named, ...proven];
  if (candidates.length === 0) return NONE;
  const live = await readLiveServer(os, proc, all);
  const type = candidates.find((each) => isMaster(each, live));
  if (type !== undefined) return { found: 'server', server: resolveType(type, live), live };
  const [first] = named.filter(({ recognition }) => recognition.also?.(live) ?? true);
  return first === undefined ? NONE : { found: 'booting', type: first, proc };
}

async function filterProven(
  os: Os,
  process: LiveProcess,
  types: readonly ServerType[],
): Promise<readonly ServerType[]> {
  const proven: ServerType[] = [];
  for (const type of types) {
    const { catches: signals, isProven } = type.recognition;
    const mayBe = process.caught !== undefined && catches(process, signals);
    if (mayBe && (await isProven?.(os, process.proc)) === true) proven.push(type);
  }
  return proven;
}

/** Whether its binary, and its argv where the binary is an interpreter, are those of the type. */
export function isNamed({ recognition }: ServerType, process: LiveProcess): boolean {
  if (recognition.isNamed !== undefined) return recognition.isNamed(process);
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
