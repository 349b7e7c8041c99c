import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import type { ConfigChanges } from '../../rpc/supervisor.ts';
import { updateToJson } from '../../terminal/changes-text.ts';
import { ApplyRun } from './apply-updates.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import { lineOf, sortByName } from './reread.ts';
import type { Updater } from './updater.ts';
import { wordsOf } from './words-of.ts';

const DRY_RUN = '--dry-run';

/**
 * Lets the supervisor read its configuration again and applies it: what is gone is stopped and removed, what is new is added, and what has changed
 * is changed with as little as the supervisor allows. With names, only in those groups. The lines on stdout are supervisorctl's; details
 * stand on stderr. With --dry-run nothing is applied, and stdout has everything.
 */
export async function runUpdate(
  deps: CommandDeps,
  args: readonly string[],
  updater: Updater,
): Promise<ExitCode> {
  const report = new Report(deps, 'update');
  const survey = await updater.survey();
  if (!survey.ok) {
    if (faultOf(survey.error) !== 'SHUTDOWN_STATE') throw refuse(deps, survey.error);
    report.failed('ERROR: already shutting down', EXIT.failed);
    return report.end();
  }
  const { changes, updates, remember } = survey.value;
  const all = wordsOf(args);
  const words = new Set(all.filter((word) => word !== DRY_RUN));
  // 'all' among the names is as good as no name.
  const names = words.has('all') ? new Set<string>() : words;
  if (names.size > 0) await checkNames(deps, report, names, changes);
  const chosen = updates.filter(({ group }) => names.size === 0 || names.has(group));
  if (all.includes(DRY_RUN)) {
    await remember(new Set());
    return showOnly(deps, report, updater, chosen);
  }
  const run = new ApplyRun(deps, report, updater);
  try {
    await run.applyAll(chosen);
  } finally {
    await remember(run.applied);
  }
  return report.end({ ...run.result, groups: chosen.map(updateToJson) });
}

/** A name has to be an active group or one that is added. Wrong ones are told; the others are updated all the same. */
async function checkNames(
  deps: CommandDeps,
  report: Report,
  names: ReadonlySet<string>,
  changes: ConfigChanges,
): Promise<void> {
  const infos = await deps.supervisor.getAllProcessInfo();
  if (!infos.ok) throw refuse(deps, infos.error);
  const groups = new Set([...infos.value.map(({ group }) => group), ...changes.added]);
  for (const name of names) {
    if (!groups.has(name)) report.failed(`ERROR: no such group: ${name}`, EXIT.failed, name);
  }
}

function showOnly(
  { options, print }: CommandDeps,
  report: Report,
  updater: Updater,
  chosen: readonly GroupUpdate[],
): ExitCode {
  if (options.json === true) {
    report.answer([], { dryRun: true, groups: chosen.map(updateToJson) });
    return report.exitCode;
  }
  if (chosen.length === 0) report.answer(['No config updates to processes'], undefined);
  for (const update of sortByName(chosen)) {
    report.answer([lineOf(update)], undefined);
    print(...updater.lines(update));
  }
  return report.exitCode;
}
