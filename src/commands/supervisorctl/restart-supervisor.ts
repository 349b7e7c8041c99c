import { EXIT, type ExitCode } from '../../base/errors.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';

/** supervisorctl.py 4.3.0, help_reload. */
const USAGE = ['restart-supervisor \t\tRestart the remote supervisord.'];

/** Lets the supervisor stop its programs, read its configuration and start again: supervisorctl's `reload`. Does not ask. */
export async function runRestartSupervisor(
  deps: CommandDeps,
  args: readonly string[],
): Promise<ExitCode> {
  const report = new Report(deps, 'restart-supervisor');
  const misuse = report.refuseArguments(args, USAGE);
  if (misuse !== undefined) return misuse;
  const result = await deps.supervisor.restart();
  if (result.ok) report.done(undefined, 'Restarted supervisord');
  else if (faultOf(result.error) === 'SHUTDOWN_STATE') {
    report.failed('ERROR: already shutting down', EXIT.failed);
  } else throw refuse(deps, result.error);
  return report.end();
}
