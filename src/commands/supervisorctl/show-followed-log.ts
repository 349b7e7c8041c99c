import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import { followRemoteLog, type FollowedLog } from './follow-remote-log.ts';
import type { CommandDeps } from './report.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** Follows a log until Ctrl-C, which is how it is meant to end: exit code 0. */
export async function showFollowedLog(deps: CommandDeps, log: FollowedLog): Promise<ExitCode> {
  refuseJson(deps, 'tail -f');
  await untilInterrupted(async (abort) => {
    deps.print('==> Press Ctrl-C to exit <==');
    await followRemoteLog(deps, log, abort);
    if (abort.aborted) deps.print('');
  });
  return EXIT.ok;
}

/** Throws 'usage' when --json was given to `command`, which copies what comes. */
export function refuseJson(deps: CommandDeps, command: string): void {
  if (deps.options.json !== true) return;
  throw new ReloadctlError(`${command} copies a log as it comes, which is no JSON`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'Leave --json out, or read the end of the log with tail --json.',
  });
}
