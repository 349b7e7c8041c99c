import type { DaemonControl } from '../../daemon.ts';
import type { Member } from '../../groups/member.ts';
import { FaultError } from './fault-error.ts';
import { splitNameSpec } from '../../../base/name-spec.ts';

/** The process that a name on the wire means; BAD_NAME for a whole group and for nothing. */
export function findProcess(control: DaemonControl, text: string): Member {
  const { group, name: process } = splitNameSpec(text);
  const found = process === undefined ? undefined : control.groups.member(group, process);
  if (found === undefined) throw new FaultError('BAD_NAME', text);
  return found;
}

/** The members of a group by ascending priority; BAD_NAME with what the client wrote. */
export function findMembers(
  control: DaemonControl,
  group: string,
  shown = group,
): readonly Member[] {
  const found = control.groups.get(group);
  if (found === undefined) throw new FaultError('BAD_NAME', shown);
  return found.byPriority;
}

/** Every process, by the priorities of the groups, then their own. */
export function everyProcess(control: DaemonControl): readonly Member[] {
  return control.groups.byPriority.flatMap(({ byPriority }) => byPriority);
}
