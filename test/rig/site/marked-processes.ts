import {
  descendantsOf,
  listProcesses,
  processesWithEnvironment,
  type Process,
} from '../processes.ts';

/** The environment variable that marks every process of a site, whatever becomes of its parent. */
export const MARKER = 'RELOADCTL_TEST_SITE';

/** Every process that carries `marker`, and everything below those. */
export function markedProcesses(marker: string): readonly Process[] {
  const all = listProcesses();
  const marked = processesWithEnvironment(MARKER, marker, all);
  // A server that rewrites its own memory (setproctitle) hides its environment, but not its parent.
  const below = marked.flatMap(({ pid }) => descendantsOf(pid, all));
  return [...new Map([...marked, ...below].map((each) => [each.pid, each])).values()];
}
