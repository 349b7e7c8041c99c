import { EXIT, type ExitCode } from '../../base/errors.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import { wordsOf } from './words-of.ts';

/** Takes groups that do not run out of what is active. */
export async function runRemove(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'remove');
  for (const name of wordsOf(args)) {
    const removed = await deps.supervisor.removeProcessGroup(name);
    if (removed.ok) {
      report.done(name, 'removed process group');
      continue;
    }
    const fault = faultOf(removed.error);
    if (fault === 'STILL_RUNNING') {
      report.failed(`ERROR: process/group still running: ${name}`, EXIT.failed, name);
    } else if (fault === 'BAD_NAME') {
      report.failed(`ERROR: no such process/group: ${name}`, EXIT.failed, name);
    } else throw refuse(deps, removed.error);
  }
  return report.end();
}
