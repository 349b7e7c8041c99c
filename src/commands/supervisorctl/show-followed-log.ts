import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import { followLog, type FollowedLog } from './follow-log.ts';
import type { Surroundings } from './report.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** Follows a log until Ctrl-C, which is how it is meant to end: exit code 0. */
export async function showFollowedLog(
  surroundings: Surroundings,
  log: FollowedLog,
): Promise<ExitCode> {
  refuseJson(surroundings, 'tail -f');
  await untilInterrupted(async (abort) => {
    surroundings.print('==> Press Ctrl-C to exit <==');
    await followLog(surroundings, log, abort);
    if (abort.aborted) surroundings.print('');
  });
  return EXIT.ok;
}

/** Throws 'usage' when --json was given to `command`, which copies what comes. */
export function refuseJson(surroundings: Surroundings, command: string): void {
  if (surroundings.options.json !== true) return;
  throw new ReloadctlError(`${command} copies a log as it comes, which is no JSON`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'Leave --json out, or read the end of the log with tail --json.',
  });
}
