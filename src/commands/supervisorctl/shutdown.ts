import { EXIT, type ExitCode } from '../../base/errors.ts';
import { describeUnusable, refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';

/** supervisorctl.py 4.3.0, help_shutdown. */
const USAGE = ['shutdown \tShut the remote supervisord down.'];

/** Lets the supervisor stop its programs and end. Does not ask, and does not wait for the end. */
export async function runShutdown(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'shutdown');
  const misuse = report.refuseArguments(args, USAGE);
  if (misuse !== undefined) return misuse;
  const result = await deps.supervisor.shutdown();
  if (result.ok) report.done(undefined, 'Shut down');
  else if (faultOf(result.error) === 'SHUTDOWN_STATE') {
    report.failed('ERROR: already shutting down', EXIT.ok);
  } else {
    const absence = result.error.kind === 'fault' ? undefined : describeUnusable(result.error);
    if (absence === undefined) throw refuse(deps, result.error);
    report.failed(`ERROR: ${absence.message} (already shut down?)`, EXIT.failed);
  }
  return report.end();
}
