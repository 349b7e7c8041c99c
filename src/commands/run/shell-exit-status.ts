import { constants } from 'node:os';
import type { ExitStatus } from '../../daemon/process/exit-status.ts';

/** How a shell would end that had waited for the program: its exit code, or 128 and the number of the signal that ended it. */
export function exitStatusOf(exit: ExitStatus): number {
  switch (exit.kind) {
    case 'code':
      return exit.code;
    case 'signal':
      return 128 + constants.signals[exit.signal];
    case 'unknown':
      return 1;
  }
}
