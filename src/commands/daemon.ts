import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { requireConfigFile } from '../config/find-config-file.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { findPredecessor, reportFailure } from '../daemon/replace/predecessor.ts';
import { continueInBackground, findForeground } from '../daemon/spawn/detach.ts';
import { takeStartedWith } from '../daemon/spawn/started-with.ts';
import type { Context } from './context.ts';
import { openEngineFor } from './engine/open-engine.ts';
import { overridesOf, refuseOperands } from './daemon-flags.ts';
import type { DaemonFlags } from './daemon-options.ts';
import { replaceRunningDaemon } from './replace-running-daemon.ts';

/** `reloadctl daemon`: is the supervisor, in the background unless told otherwise. `onReplaced` is called when another one has taken over. */
export async function runDaemonCommand(
  context: Context,
  words: readonly string[],
  flags: DaemonFlags,
  onReplaced: () => void,
): Promise<ExitCode> {
  if (flags.version === true) {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const foreground = findForeground();
  const predecessor = findPredecessor();
  const startedWith = takeStartedWith();
  refuseOperands(words);
  const overrides = overridesOf(flags);
  const cwd = process.cwd();
  const file = requireConfigFile({
    explicit: flags.configuration ?? context.options.configuration,
    cwd,
    binPath: process.argv[1] ?? '',
  });
  if (flags.replace === true) return replaceRunningDaemon(file, flags, overrides);
  if (foreground === undefined && predecessor === undefined) {
    const { nodaemon } = { ...loadConfiguration(file).supervisord, ...overrides };
    if (!nodaemon) {
      await continueInBackground(startedWith);
      return EXIT.ok;
    }
  }
  try {
    const status = await runDaemon({
      file,
      overrides,
      isDetached: foreground !== undefined,
      origin: { args: process.argv.slice(2), cwd, environment: process.env, startedWith },
      predecessor,
      onReplaced,
      openEngine: (os) => openEngineFor(file, os),
      onReady: () => foreground?.reportReady(),
    });
    return exitCodeFrom(status);
  } catch (error) {
    if (error instanceof ReloadctlError) foreground?.reportFailure(error);
    if (predecessor !== undefined && error instanceof Error) await reportFailure(error);
    throw error;
  }
}

/** Of the daemon behind which we stood. */
function exitCodeFrom(status: number): ExitCode {
  return status === EXIT.ok || status === EXIT.usage ? status : EXIT.failed;
}
