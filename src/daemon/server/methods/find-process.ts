import type { DaemonControl } from '../../control.ts';
import type { ProcessSnapshot } from '../../process/process-info.ts';
import { FaultError } from './fault-error.ts';
import { splitNameSpec } from '../../../rpc/name-spec.ts';

/** The process that a name on the wire means; BAD_NAME for a whole group and for nothing. */
export function findProcess(control: DaemonControl, text: string): ProcessSnapshot {
  const { group, name: process } = splitNameSpec(text);
  const found = process === undefined ? undefined : control.process(group, process);
  if (found === undefined) throw new FaultError('BAD_NAME', text);
  return found;
}

/** The members of a group by ascending priority; BAD_NAME with what the client wrote. */
export function findMembers(
  control: DaemonControl,
  group: string,
  shown = group,
): readonly ProcessSnapshot[] {
  const found = control.group(group);
  if (found === undefined) throw new FaultError('BAD_NAME', shown);
  return found.members;
}

/** Every process, by the priorities of the groups, then their own. */
export function everyProcess(control: DaemonControl): readonly ProcessSnapshot[] {
  return control.groups().flatMap(({ members }) => members);
}
