import type { ProgramGroup } from '../../config/program.ts';
import type { Os } from '../../os/os.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import type { ActiveGroups } from '../groups/active-groups.ts';
import type { Closings } from '../groups/closings.ts';
import type { Member } from '../groups/member.ts';
import type { Logger } from '../logs/logger.ts';
import type { Legacy } from './find-survivors.ts';
import { endForeignProcess } from './foreign-processes.ts';
import type { RestingProcess } from './resting-process.ts';
import type { SavedProcess } from './saved-state.ts';

/** What {@link takeOverLegacy} needs. */
export interface LegacyDeps {
  readonly os: Pick<Os, 'process' | 'maySignal' | 'now' | 'sleep' | 'kill'>;
  readonly logger: Logger;
  readonly groups: ActiveGroups;
  readonly closings: Closings;
  /** The groups that the configuration asks for. */
  readonly wanted: readonly ProgramGroup[];
}

/** Activates the groups of the configuration, goes on with what an earlier daemon has left of them, and ends what they do not ask for. */
export async function takeOverLegacy(deps: LegacyDeps, legacy: Legacy): Promise<void> {
  const { groups, wanted } = deps;
  const { survivors, ended, resting } = legacy;
  const isHandedOver = legacy.groups !== undefined;
  const isWanted = (saved: SavedProcess | RestingProcess): boolean => wants(wanted, saved);
  for (const stranger of survivors) if (!isWanted(stranger)) end(deps, stranger);
  for (const group of activeOf(wanted, legacy.groups)) {
    // Of two with one name the first wins, without a word (supervisor/supervisord.py, add_process_group).
    if (groups.get(group.name) === undefined) groups.activate(group, { isNew: !isHandedOver });
  }
  // The daemon that handed over has compared them itself; another version may have other fingerprints.
  const isSame = (member: Member, { fingerprint }: SavedProcess | RestingProcess): boolean =>
    isHandedOver || member.fingerprint === fingerprint;
  const sameMember = (saved: SavedProcess | RestingProcess): Member | undefined => {
    const member = isWanted(saved) ? groups.member(saved.group, saved.name) : undefined;
    return member !== undefined && isSame(member, saved) ? member : undefined;
  };
  await Promise.all(
    survivors.filter(isWanted).map(async (saved) => {
      const member = groups.member(saved.group, saved.name);
      if (member !== undefined) await takeOver(deps, member, saved, isSame(member, saved));
    }),
  );
  for (const saved of ended) sameMember(saved)?.noteEnded(saved);
  for (const saved of resting) sameMember(saved)?.recall(saved);
  for (const { pipes } of groups.members) pipes.nameLogs();
}

/** The groups of the configuration; of those that were active, all of them and no others. */
function activeOf(
  wanted: readonly ProgramGroup[],
  names: readonly string[] | undefined,
): readonly ProgramGroup[] {
  if (names === undefined) return wanted;
  return names.flatMap((name) => wanted.filter((group) => group.name === name));
}

/** Whether the configuration still has this program, in the same role. */
function wants(
  wanted: readonly ProgramGroup[],
  { group, name, kind }: SavedProcess | RestingProcess,
): boolean {
  const programs = wanted.find((each) => each.name === group)?.programs;
  return programs?.find((program) => program.name === name)?.kind === kind;
}

async function takeOver(
  { logger }: LegacyDeps,
  member: Member,
  saved: SavedProcess,
  isSame: boolean,
): Promise<void> {
  if (saved.role !== 'main') {
    member.instances.endBeside(saved);
    return;
  }
  logger.log('info', `adopted: '${saved.name}' with pid ${saved.id.pid}`);
  await member.takeOver(saved);
  if (isSame) return;
  logger.log(
    'warn',
    `${nameSpecOf(saved)} was started with another configuration; restart it to apply the present one`,
  );
}

function end({ os, logger, closings }: LegacyDeps, stranger: SavedProcess): void {
  logger.log(
    'warn',
    `stopping '${stranger.name}' (${stranger.id.pid}), which an earlier daemon had started and which is not configured any more`,
  );
  closings.add(stranger.group, endForeignProcess({ os, logger }, stranger));
}
