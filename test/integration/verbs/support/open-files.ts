import { readdirSync, statSync } from 'node:fs';

/** Which of these processes have this very file open, in their order. */
export function holdersOf(path: string, pids: readonly number[]): readonly number[] {
  const { dev, ino } = statSync(path);
  return pids.filter((pid) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        const open = statSync(`/proc/${pid}/fd/${fd}`);
        return open.dev === dev && open.ino === ino;
      } catch {
        return false; // Closed since the directory was read.
      }
    }),
  );
}
