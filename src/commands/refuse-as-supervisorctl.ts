import { EXIT, type ExitCode } from '../base/errors.ts';
import { traitsOf, type PlannedAction } from '../policy/actions.ts';
import type { Context } from './context.ts';
import { splitNameSpec } from '../base/name-spec.ts';
import { matchingName, unknownName } from './resolve-targets.ts';
import { checkUp } from './supervisorctl/check-up.ts';
import { Report } from './supervisorctl/report.ts';

/** supervisorctl.py 4.3.0, help_start and help_stop. */
const USAGE = {
  start: [
    'start <name>\t\tStart a process',
    'start <gname>:*\t\tStart all processes in a group',
    'start <name> <name>\tStart multiple processes or groups',
    'start all\t\tStart all processes',
  ],
  stop: [
    'stop <name>\t\tStop a process',
    'stop <gname>:*\t\tStop all processes in a group',
    'stop <name> <name>\tStop multiple processes or groups',
    'stop all\t\tStop all processes',
  ],
};

/**
 * Before a start, stop or restart: what cannot be done at all, in supervisorctl's words and with its exit codes, for scripts look for both. Returns
 * the exit code, or undefined when there is nothing to say. Throws the ReloadctlError that names what there is where a name is unknown; unlike
 * supervisorctl, which goes on with the others, nothing is begun then.
 */
export async function refuseAsSupervisorctl(
  context: Context,
  action: PlannedAction,
  words: readonly string[],
): Promise<ExitCode | undefined> {
  // supervisorctl knows nothing of these, or means something else.
  const { supervisorctl: command } = traitsOf(action);
  if (command === undefined) return undefined;
  const report = new Report(context, command);
  if (words.length === 0) {
    // A restart without a name is one of the only program that there is.
    if (command === 'restart') return undefined;
    const exitCode = command === 'start' ? EXIT.usage : EXIT.failed;
    report.failed(`Error: ${command} requires a process name`, exitCode);
    if (context.options.json !== true) context.print(...USAGE[command]);
    return exitCode;
  }
  const names = words.filter((word) => !/^pid(file)?:/.test(word));
  if (names.length === 0) return undefined;
  const down = await checkUp(context);
  if (down !== undefined) return down;
  const infos = await context.supervisor.getAllProcessInfo();
  // Whoever resolves the names will tell.
  if (!infos.ok) return undefined;
  const unknown = names.filter((word) => matchingName(infos.value, word).length === 0);
  const last = unknown.at(-1);
  if (last === undefined) return undefined;
  if (context.options.json !== true) for (const word of unknown) tellUnknown(report, command, word);
  throw unknownName(infos.value, last, exitCodeOf(command, last));
}

function tellUnknown(report: Report, command: 'start' | 'stop' | 'restart', word: string): void {
  const { group, name } = splitNameSpec(word);
  const line =
    name === undefined ? `${group}: ERROR (no such group)` : `${word}: ERROR (no such process)`;
  report.failed(line, exitCodeOf(command, word), word);
}

/** supervisorctl has 2 for a group that it cannot start (supervisorctl.py, do_start), and 1 for all else. */
function exitCodeOf(command: 'start' | 'stop' | 'restart', word: string): ExitCode {
  const isGroup = splitNameSpec(word).name === undefined;
  return isGroup && command !== 'stop' ? EXIT.usage : EXIT.failed;
}
