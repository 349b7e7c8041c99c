import {
  catchesSignal,
  childrenOf,
  listProcesses,
  openFilesOf,
  readProcess,
  type Process,
} from '../processes.ts';

/** The gunicorn master at or below `pid` (a wrapper such as `sh` may stand between), the topmost one; undefined when there is none yet. */
export function findMaster(pid: number): Process | undefined {
  const all = listProcesses();
  let level = [readProcess(pid)].filter((found) => found !== undefined);
  while (level.length > 0) {
    const master = level.find(isMaster);
    if (master !== undefined) return master;
    level = level.flatMap((parent) => childrenOf(parent.pid, all));
  }
  return undefined;
}

/** The workers among the children of a master: those with a heartbeat file of their own that are no masters themselves. */
export function findWorkers(master: Process): readonly Process[] {
  return childrenOf(master.pid).filter(
    (child) =>
      !isMaster(child) && openFilesOf(child.pid).some((file) => file.includes('/wgunicorn-')),
  );
}

/** Only a master handles HUP and USR2 (gunicorn/arbiter.py SIGNALS against gunicorn/workers/base.py SIGNALS); reloadctl above it does too. */
function isMaster({ pid, argv }: Process): boolean {
  const isReloadctl = argv[0] === process.execPath;
  return !isReloadctl && catchesSignal(pid, 'SIGHUP') && catchesSignal(pid, 'SIGUSR2');
}
