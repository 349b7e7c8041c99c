import { EXIT, type ExitCode } from '../../base/errors.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import { wordsOf } from './words-of.ts';

/** Makes groups of the configuration as last read active; their programs start if they start by themselves. */
export async function runAdd(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'add');
  for (const name of wordsOf(args)) {
    const added = await deps.supervisor.addProcessGroup(name);
    if (added.ok) {
      report.done(name, 'added process group');
      continue;
    }
    const fault = faultOf(added.error);
    if (fault === 'SHUTDOWN_STATE') {
      report.failed('ERROR: shutting down', EXIT.failed, name);
    } else if (fault === 'ALREADY_ADDED') {
      report.failed('ERROR: process group already active', EXIT.ok, name);
    } else if (fault === 'BAD_NAME') {
      report.failed(`ERROR: no such process/group: ${name}`, EXIT.failed, name);
    } else throw refuse(deps, added.error);
  }
  return report.end();
}
