import { EXIT, type ExitCode } from '../../base/errors.ts';
import { compareCodePoints } from '../../config/python/text.ts';
import type { GroupUpdate } from '../../reload/update/group-update.ts';
import { updateToJson } from '../../terminal/changes-text.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import type { Updater } from './updater.ts';

/** supervisorctl.py 4.3.0, help_reread. */
const USAGE = ["reread \t\t\tReload the daemon's configuration files without add/remove"];

/**
 * Lets the supervisor read its configuration again and prints what differs from what is active; nothing is applied. The lines on stdout are
 * supervisorctl's; what has changed and what `update` would do stands on stderr.
 */
export async function runReread(
  deps: CommandDeps,
  args: readonly string[],
  updater: Updater,
): Promise<ExitCode> {
  const report = new Report(deps, 'reread');
  const misuse = report.refuseArguments(args, USAGE);
  if (misuse !== undefined) return misuse;
  const survey = await updater.survey();
  if (survey.ok) {
    const { changes, updates, remember } = survey.value;
    await remember(new Set());
    if (deps.options.json === true) {
      report.answer([], { ...changes, groups: updates.map(updateToJson) });
    } else if (updates.length === 0) report.answer(['No config updates to processes'], undefined);
    else {
      for (const update of sortByName(updates)) {
        report.answer([lineOf(update)], undefined);
        updater.tell(update);
      }
    }
  } else if (faultOf(survey.error) === 'SHUTDOWN_STATE') {
    report.failed('ERROR: supervisor shutting down', EXIT.failed);
  } else if (survey.error.kind === 'fault' && survey.error.name === 'CANT_REREAD') {
    report.failed(`ERROR: ${survey.error.text}`, EXIT.failed);
  } else throw refuse(deps, survey.error);
  return report.exitCode;
}

const STATES: Readonly<Record<GroupUpdate['change'], string>> = {
  added: 'available',
  changed: 'changed',
  removed: 'disappeared',
};

/** supervisorctl's line for a group that differs. */
export function lineOf({ group, change }: GroupUpdate): string {
  return `${group}: ${STATES[change]}`;
}

/** One a group, by name; a group in two lists is what the later of added, changed and removed says. */
export function sortByName(updates: readonly GroupUpdate[]): readonly GroupUpdate[] {
  const order: ReadonlyArray<GroupUpdate['change']> = ['added', 'changed', 'removed'];
  const sorted = [...updates].sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  const last = new Map(sorted.map((update) => [update.group, update]));
  return [...last.values()].sort((a, b) => compareCodePoints(a.group, b.group));
}
