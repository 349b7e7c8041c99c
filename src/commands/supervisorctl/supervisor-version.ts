import type { ExitCode } from '../../base/errors.ts';
import { checkUp, refuse } from './check-up.ts';
import { Report, type CommandDeps } from './report.ts';

/** supervisorctl.py 4.3.0, help_version. */
const USAGE = ['version\t\t\tShow the version of the remote supervisord process'];

/** Prints the version of the supervisor; that of reloadctl itself is `reloadctl -V`. */
export async function runVersion(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'version');
  const misuse = report.refuseArguments(args, USAGE);
  if (misuse !== undefined) return misuse;
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const version = await deps.supervisor.getSupervisorVersion();
  if (!version.ok) throw refuse(deps, version.error);
  report.answer([version.value], { version: version.value });
  return report.exitCode;
}
