import type { Listener, Os } from '../os/os.ts';
import { hasEnded, type Proc, type ProcId } from '../os/proc.ts';

/** The addresses that a process or one below it listens on; none where that may not be seen. */
export async function findListening(os: Os, root: ProcId): Promise<readonly string[]> {
  const listeners = await os.listeners();
  if (listeners.length === 0) return [];
  return addressesOf(os, treeBelow(await os.processes(), root), listeners);
}

/** Those of `listeners` that one of the processes holds. */
export async function addressesOf(
  os: Os,
  processes: readonly Proc[],
  listeners: readonly Listener[],
): Promise<readonly string[]> {
  const inodes = new Set<number>();
  for (const proc of processes) {
    const files = await os.openFiles(proc);
    for (const { target } of files.ok ? files.value : []) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) inodes.add(Number(inode));
    }
  }
  const held = listeners.filter(({ inode }) => inodes.has(inode));
  return [...new Set(held.map(({ address }) => address))];
}

function treeBelow(all: readonly Proc[], root: ProcId): readonly Proc[] {
  const found = all.filter(
    ({ pid, startTicks }) => pid === root.pid && startTicks === root.startTicks,
  );
  for (const parent of found) {
    found.push(...all.filter((proc) => proc.ppid === parent.pid && !found.includes(proc)));
  }
  return found.filter((proc) => !hasEnded(proc));
}
