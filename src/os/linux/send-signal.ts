import { deliver, refuseUnsafeTarget } from '../kill.ts';
import type { ProcId, SignalOutcome } from '../proc.ts';
import type { SignalName } from '../signals.ts';
import { lookUp, ownGroup, presenceOf } from './process-table.ts';

/**
 * Sends `signal` to exactly process `id`. The identity is read in the same turn of the event loop, immediately before kill(2),
 * which leaves the few microseconds between two system calls. A zombie is 'gone'. With `group` the signal goes to the process
 * group when `id` still leads one and we are not in it ourselves, else to the process alone.
 */
export function sendSignal(id: ProcId, signal: SignalName | number, group: boolean): SignalOutcome {
  refuseUnsafeTarget(id);
  const found = lookUp(id);
  if (typeof found === 'string') return found;
  const wholeGroup = group && found.pgid === id.pid && ownGroup() !== id.pid;
  const pid: number = id.pid;
  return deliver(wholeGroup ? -pid : pid, signal);
}

/** Whether kill(2) would let us signal process `id`. */
export function canSignal(id: ProcId): boolean {
  return presenceOf(id) === 'present' && deliver(id.pid, 0) === 'sent';
}
