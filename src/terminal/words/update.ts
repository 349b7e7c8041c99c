import type { MemberChange } from '../../config/changes/group-changes.ts';
import type { ChangeRemark, GroupUpdate } from '../../reload/update/group-update.ts';
import { countOf } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';

/** Names in a sentence. */
export function nameList(names: readonly string[]): string {
  return names.map((name) => shown(name, 80)).join(', ');
}

/** What `update` will do about a group: a sentence a line. */
export function updateWords(update: GroupUpdate): readonly string[] {
  const { touched, overlapping, changes } = update;
  switch (update.change) {
    case 'added':
      return ['will be added, and started where autostart says so'];
    case 'removed':
      return touched.length === 0
        ? ['will be removed; nothing of it runs']
        : [`will be stopped and removed: ${nameList(touched)}`];
    case 'changed':
      if (changes !== undefined && !changes.replace)
        return inPlaceWords(changes.members, overlapping);
      return replaceWords(touched, changes?.members ?? []);
  }
}

function replaceWords(
  touched: readonly string[],
  members: readonly MemberChange[],
): readonly string[] {
  if (touched.length === 0) return ['will be removed and added again; nothing of it runs'];
  const same = namesWith(members, ({ change, restart }) => change === 'same' && restart);
  const isAll = same.length === members.filter(({ restart }) => restart).length;
  return [
    `will be stopped and started again, since the supervisor can change a group only by taking it up anew: ${nameList(touched)}`,
    ...(same.length > 0 && !isAll
      ? [`stopped although nothing of it has changed: ${nameList(same)}`]
      : []),
  ];
}

function inPlaceWords(
  members: readonly MemberChange[],
  overlapping: readonly string[],
): readonly string[] {
  const restarts = namesWith(members, ({ restart }) => restart);
  const rows: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['will be started: ', namesWith(members, ({ change }) => change === 'added')],
    ['will be stopped: ', namesWith(members, ({ change }) => change === 'removed')],
    [
      'will be replaced by a second instance on the same sockets: ',
      restarts.filter((name) => overlapping.includes(name)),
    ],
    [
      'will be stopped and started, one after the other: ',
      restarts.filter((name) => !overlapping.includes(name)),
    ],
  ];
  const sentences = rows.flatMap(([text, names]) =>
    names.length === 0 ? [] : [`${text}${nameList(names)}`],
  );
  const others = members.filter(({ change, restart }) => !restart && isKept(change)).length;
  const rest =
    others === 0
      ? []
      : [
          `${countOf(others, 'process goes on', 'processes go on')} untouched, with what the configuration says now`,
        ];
  return [...sentences, ...rest];
}

const isKept = (change: MemberChange['change']): boolean =>
  change === 'same' || change === 'changed';

function namesWith(
  members: readonly MemberChange[],
  isMeant: (member: MemberChange) => boolean,
): readonly string[] {
  return members.filter(isMeant).map(({ name }) => name);
}

/** What cannot be known of a change. */
export function changeRemarkWords(remark: ChangeRemark): string {
  switch (remark) {
    case 'nothing-seen':
      return 'what has changed cannot be seen: the supervisor does not tell umask, stopasgroup and environment, and nothing of what it was before once it has read the new configuration';
    case 'not-told':
      return 'what it was before cannot be seen: the supervisor fails when it is asked for its configuration (getAllConfigInfo)';
    case 'untold':
      return 'umask, stopasgroup or autorestart may have changed, too: the supervisor does not tell all of them';
    case 'environment-unseen':
      return 'whether its environment has changed cannot be seen: it does not run here, or may not be looked at';
  }
}
