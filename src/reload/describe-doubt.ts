import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { ProcessDoubt } from './claimed-process.ts';

/** The error of an action on a process that a supervisor names and that is not believed to be its program. */
export function describeDoubt(
  program: string,
  url: string,
  pid: number,
  doubt: ProcessDoubt,
): ReloadctlError {
  const [observed, hint] = explain(url, pid, doubt);
  return new ReloadctlError(
    `${program}: the supervisor at ${url} reports pid ${pid}, ${observed}; nothing was sent`,
    { code: 'process-not-permitted', exitCode: EXIT.failed, hint },
  );
}

const ON_ITS_MACHINE =
  'Run reloadctl on the machine, and in the container, in which that supervisor runs.';

function explain(url: string, pid: number, doubt: ProcessDoubt): readonly [string, string] {
  switch (doubt.why) {
    case 'elsewhere':
      return [
        'but who answers there is no process of this machine that can be seen, so that its pids mean nothing here',
        ON_ITS_MACHINE,
      ];
    case 'silent':
      return ['but does not tell its own pid, so that this cannot be checked', ON_ITS_MACHINE];
    case 'not-the-listener':
      return [
        `but the pid ${doubt.pid} that it gives for itself is of no process here that listens at its address`,
        ON_ITS_MACHINE,
      ];
    case 'never':
      return [
        pid === 1
          ? 'which is init and no program of a supervisor'
          : 'which is reloadctl itself, a process above it, or a thread of the kernel',
        'Find out who answers there: reloadctl -s URL status. Where reloadctl was started by the program itself, start it from outside.',
      ];
    case 'not-its-child':
      return ['which on this machine is not its child', ON_ITS_MACHINE];
    case 'not-its-user':
      return [
        `but others than root and uid ${doubt.uid} can answer at this address, in the place of process ${doubt.pid}`,
        `Let only root write the directory of the socket (${url}), or let the supervisor of that user name its own processes only.`,
      ];
  }
}
