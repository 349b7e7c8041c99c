import { constants } from 'node:os';
import type { SignalName } from '../../os/signals.ts';

/** How a process ended. 'unknown': it was no child of ours, so nobody told us. */
export type ExitStatus =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: SignalName }
  | { readonly kind: 'unknown' };

/** The number that getProcessInfo gives: -1 for everything but an exit of its own (supervisor/process.py, finish). */
export function exitCodeOf(status: ExitStatus): number {
  return status.kind === 'code' ? status.code : -1;
}

/** How a shell would end that had waited for it: its exit code, or 128 and the number of the signal that ended it. */
export function exitStatusOf(status: ExitStatus): number {
  switch (status.kind) {
    case 'code':
      return status.code;
    case 'signal':
      return 128 + constants.signals[status.signal];
    case 'unknown':
      return 1;
  }
}

/** An exit in the words of supervisord's log (supervisor/options.py, decode_wait_status). */
export function describeExit(status: ExitStatus): string {
  switch (status.kind) {
    case 'code':
      return `exit status ${status.code}`;
    case 'signal':
      return `terminated by ${status.signal}`;
    case 'unknown':
      return 'exit status unknown, since an earlier daemon had started it';
  }
}
