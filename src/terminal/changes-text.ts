import { isDeepStrictEqual } from 'node:util';
import type { OptionChange } from '../config/changes/compare-options.ts';
import type { MemberChange } from '../config/changes/group-changes.ts';
import type { GroupUpdate } from '../reload/update/group-update.ts';
import { redactCommand } from '../base/secrets/redact-command.ts';
import { shown } from './text/shown.ts';
import { displayWidth, padEnd } from './text/width.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme } from './theme.ts';
import { changeRemarkWords, nameList, updateWords } from './words/update.ts';

/** Longer values than this are for a file. */
const MAX_VALUE = 1_000;

/** What changes in a group, old → new, and what `update` will do about it: indented lines to stand below the group's own. */
export function renderGroupUpdate(update: GroupUpdate, theme: Theme, width: number): string[] {
  const { changes } = update;
  const body =
    changes === undefined
      ? []
      : [
          ...renderOptions(changes.options, theme, width, '  '),
          ...alike(changes.members).flatMap((members) =>
            renderMembers(update.group, members, theme, width),
          ),
        ];
  const wrap = (label: string, text: string): string[] =>
    wrapHanging(label, theme.plain(text), width, { breakWords: true });
  return [
    ...body,
    ...update.remarks.flatMap((remark) =>
      wrap('  ? ', changeRemarkWords(remark)).map((line) => theme.paint('warn', line)),
    ),
    ...updateWords(update).flatMap((text) => wrap(theme.plain('  → '), text)),
  ];
}

/** The same for --json: without what is secret in commands. */
export function updateToJson(update: GroupUpdate): unknown {
  const { changes } = update;
  if (changes === undefined) return update;
  const clean = ({ option, ...change }: OptionChange): OptionChange =>
    option === 'command' && change.old !== undefined && change.new !== undefined
      ? { option, old: redactCommand(change.old), new: redactCommand(change.new) }
      : { option, ...change };
  const members = changes.members.map((member) => ({
    ...member,
    options: member.options.map(clean),
  }));
  return { ...update, changes: { ...changes, options: changes.options.map(clean), members } };
}

/** Processes of which the same is to be said, together. Of those that stay as they are nothing is. */
function alike(members: readonly MemberChange[]): ReadonlyArray<readonly MemberChange[]> {
  const groups: MemberChange[][] = [];
  for (const member of members) {
    if (member.change === 'same') continue;
    const group = groups.find(
      ([first]) =>
        first?.change === member.change && isDeepStrictEqual(first.options, member.options),
    );
    if (group === undefined) groups.push([member]);
    else group.push(member);
  }
  return groups;
}

const CHANGE_WORDS: Readonly<Record<MemberChange['change'], string>> = {
  added: 'new',
  removed: 'gone',
  changed: 'changed',
  same: 'as it was',
};

function renderMembers(
  group: string,
  members: readonly MemberChange[],
  theme: Theme,
  width: number,
): string[] {
  const [first] = members;
  if (first === undefined) return [];
  // A program on its own has been named by the line of its group.
  const isAlone = members.length === 1 && first.name === group && first.change === 'changed';
  if (isAlone) return renderOptions(first.options, theme, width, '  ');
  const title = `${nameList(members.map(({ name }) => name))}: ${CHANGE_WORDS[first.change]}`;
  return [
    ...wrapHanging('  ', theme.plain(title), width, { breakWords: true }),
    ...renderOptions(first.options, theme, width, '    '),
  ];
}

function renderOptions(
  options: readonly OptionChange[],
  theme: Theme,
  width: number,
  indent: string,
): string[] {
  const labels = options.map(({ option }) => displayWidth(option));
  const column = Math.max(0, ...labels) + 2;
  return options.flatMap((change) => {
    const label = `${indent}${padEnd(change.option, column)}`;
    if (change.names !== undefined) {
      const text = theme.plain(namesText(change.names));
      return wrapHanging(label, text, width, { breakWords: true });
    }
    const old = valueText(change.option, change.old);
    const wanted = valueText(change.option, change.new);
    const inOne = theme.plain(`${old} → ${wanted}`);
    if (displayWidth(label + inOne) <= width) return [label + inOne];
    const inner = `${indent}  `;
    return [
      `${indent}${change.option}`,
      ...wrapHanging(`${inner}- `, theme.plain(old), width, { breakWords: true }),
      ...wrapHanging(`${inner}+ `, theme.plain(wanted), width, { breakWords: true }),
    ];
  });
}

function valueText(option: string, value: string | undefined): string {
  if (value === undefined) return '?';
  return shown(option === 'command' ? redactCommand(value) : value, MAX_VALUE);
}

/** The names alone: the values may be secret. */
function namesText({ added, changed, removed }: NonNullable<OptionChange['names']>): string {
  const parts: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['added', added],
    ['changed', changed],
    ['removed', removed],
  ];
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} ${nameList(names)}`)
    .join('; ');
}
