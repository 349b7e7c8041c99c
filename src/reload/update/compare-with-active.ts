import {
  compareOptions,
  textsOfInfo,
  textsOfProgram,
  type ConfigInfo,
  type OptionChange,
  type OptionTexts,
} from '../../config/changes/compare-options.ts';
import type { MemberChange } from '../../config/changes/group-changes.ts';
import type { Program } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import type { Proc } from '../../os/proc.ts';
import type { ProcessInfo } from '../../rpc/supervisor.ts';
import { compareLiveEnvironment } from './compare-live-environment.ts';
import type { ChangeRemark, GroupUpdate } from './group-update.ts';
import type { RememberedGroup } from './remembered.ts';

/** What is known of a changed group of a supervisor that does not say itself what has changed: a stock supervisord. */
export interface StockGroup {
  readonly name: string;
  /** Its processes as they are active. */
  readonly active: readonly ProcessInfo[];
  /** What getAllConfigInfo told of it before and after the configuration was read; undefined where that failed. */
  readonly before: readonly ConfigInfo[] | undefined;
  readonly after: readonly ConfigInfo[] | undefined;
  readonly remembered: RememberedGroup | undefined;
  /** As our own reading of the file has it. */
  readonly programs: readonly Program[];
  /** The supervisor's own process; undefined where it is not on this machine. */
  readonly supervisor: Proc | undefined;
}

/** Options that getAllConfigInfo does not tell, so that only what was remembered can be compared. */
const UNTOLD = ['umask', 'stopasgroup', 'autorestart'] as const;

/** All that can be found out about what has changed in a group. */
export async function compareWithActive(os: Os, group: StockGroup): Promise<GroupUpdate> {
  const remarks = new Set<ChangeRemark>();
  const active = new Set(group.active.map(({ name }) => name));
  const wanted = namesOf(group);
  const members: MemberChange[] = [];
  for (const info of group.active) {
    const { name } = info;
    const restart = info.pid !== 0;
    if (wanted !== undefined && !wanted.has(name)) {
      members.push({ name, change: 'removed', options: [], restart: false });
      continue;
    }
    const options = await compareMember(os, group, info, remarks);
    members.push({ name, change: options.length === 0 ? 'same' : 'changed', options, restart });
  }
  for (const name of wanted ?? []) {
    if (!active.has(name)) members.push({ name, change: 'added', options: [], restart: false });
  }
  const options = comparePriority(group);
  if (options.length === 0 && members.every(({ change }) => change === 'same')) {
    remarks.add('nothing-seen');
    // It says this, too.
    remarks.delete('untold');
  }
  return {
    group: group.name,
    change: 'changed',
    changes: { group: group.name, options, members, replace: true },
    touched: group.active.filter(({ pid }) => pid !== 0).map(({ name }) => name),
    overlapping: [],
    remarks: [...remarks],
  };
}

/** The processes that the new configuration asks for; undefined where nobody says. */
function namesOf({ after, programs }: StockGroup): ReadonlySet<string> | undefined {
  if (after !== undefined) return new Set(after.map(({ name }) => String(name)));
  return programs.length === 0 ? undefined : new Set(programs.map(({ name }) => name));
}

async function compareMember(
  os: Os,
  group: StockGroup,
  info: ProcessInfo,
  remarks: Set<ChangeRemark>,
): Promise<readonly OptionChange[]> {
  const program = group.programs.find(({ name }) => name === info.name);
  const old = oldTexts(group, info.name, remarks);
  const wanted = wantedTexts(group, info.name, program);
  const changes = old === undefined || wanted === undefined ? [] : compareOptions(old, wanted);
  if (old !== undefined && UNTOLD.some((option) => !old.has(option))) remarks.add('untold');
  if (program === undefined) return changes;
  const environment = await compareEnvironment(os, group, info, program, old?.get('command'));
  if (environment === 'unseen') {
    remarks.add('environment-unseen');
    return changes;
  }
  return environment === undefined ? changes : [...changes, environment];
}

function oldTexts(
  { remembered, before }: StockGroup,
  name: string,
  remarks: Set<ChangeRemark>,
): OptionTexts | undefined {
  const known = remembered?.members[name];
  if (known !== undefined) return new Map(Object.entries(known));
  if (before === undefined) {
    remarks.add('not-told');
    return undefined;
  }
  const info = before.find((each) => each.name === name);
  return info === undefined ? undefined : textsOfInfo(info);
}

/** What the supervisor tells goes first: it is in its own words, as the old values are. */
function wantedTexts(
  { after }: StockGroup,
  name: string,
  program: Program | undefined,
): OptionTexts | undefined {
  const told = after?.find((each) => each.name === name);
  const texts = told === undefined ? undefined : new Map(textsOfInfo(told));
  if (program === undefined) return texts;
  const own = textsOfProgram(program);
  if (texts === undefined) return own;
  for (const option of UNTOLD) {
    const text = own.get(option);
    if (text !== undefined && !texts.has(option)) texts.set(option, text);
  }
  return texts;
}

async function compareEnvironment(
  os: Os,
  { supervisor }: StockGroup,
  info: ProcessInfo,
  program: Program,
  oldCommand: string | undefined,
): Promise<OptionChange | 'unseen' | undefined> {
  if (info.pid === 0 || supervisor === undefined) return 'unseen';
  const proc = await os.process(info.pid);
  if (proc?.ppid !== supervisor.pid) return 'unseen';
  const commands = [program.command, ...(oldCommand === undefined ? [] : [oldCommand])];
  return compareLiveEnvironment(os, { proc, supervisor, program, commands });
}

function comparePriority({ before, after }: StockGroup): readonly OptionChange[] {
  const of = (infos: readonly ConfigInfo[] | undefined): OptionTexts => {
    const priority = infos?.[0]?.group_prio;
    return new Map(typeof priority === 'number' ? [['group priority', String(priority)]] : []);
  };
  return compareOptions(of(before), of(after));
}

/** What is to be remembered of a group that is active as the configuration has it now. */
export function textsToRemember(
  infos: readonly ConfigInfo[],
  programs: readonly Program[],
): RememberedGroup['members'] {
  return Object.fromEntries(
    infos.map((info) => {
      const program = programs.find(({ name }) => name === info.name);
      const texts = new Map(textsOfInfo(info));
      const own = program === undefined ? undefined : textsOfProgram(program);
      for (const option of UNTOLD) {
        const text = own?.get(option);
        if (text !== undefined && !texts.has(option)) texts.set(option, text);
      }
      return [String(info.name), Object.fromEntries(texts)];
    }),
  );
}
