import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { requireConfigFile } from '../config/find-config-file.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { continueInBackground, findForeground } from '../daemon/spawn/detach.ts';
import type { Context } from './context.ts';
import { openEngineFor } from './engine/open-engine.ts';
import { overridesOf, refuseOperands } from './daemon-flags.ts';
import type { DaemonFlags } from './daemon-options.ts';

/** `reloadctl daemon`: is the supervisor, in the background unless told otherwise. */
export async function runDaemonCommand(
  context: Context,
  words: readonly string[],
  flags: DaemonFlags,
): Promise<ExitCode> {
  if (flags.version === true) {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const foreground = findForeground();
  refuseOperands(words);
  const overrides = overridesOf(flags);
  const file = requireConfigFile({
    explicit: flags.configuration ?? context.options.configuration,
    cwd: process.cwd(),
    binPath: process.argv[1] ?? '',
  });
  if (foreground === undefined) {
    const { nodaemon } = { ...loadConfiguration(file).supervisord, ...overrides };
    if (!nodaemon) {
      await continueInBackground();
      return EXIT.ok;
    }
  }
  try {
    await runDaemon({
      file,
      overrides,
      isDetached: foreground !== undefined,
      environment: process.env,
      openEngine: (os) => openEngineFor(file, os),
      onReady: () => foreground?.reportReady(),
    });
  } catch (error) {
    if (error instanceof ReloadctlError) foreground?.reportFailure(error);
    throw error;
  }
  return EXIT.ok;
}
