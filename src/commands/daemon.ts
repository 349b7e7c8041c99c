import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { requireConfigFile } from '../config/find-config-file.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import type { DaemonSettings } from '../config/program.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { continueInBackground, findForeground } from '../daemon/spawn/detach.ts';
import type { Context } from './context.ts';

/** The options of `daemon`. */
export interface DaemonFlags {
  readonly nodaemon?: true;
  readonly silent?: true;
}

/** `reloadctl daemon`: is the supervisor, in the background unless told otherwise. */
export async function runDaemonCommand(context: Context, flags: DaemonFlags): Promise<ExitCode> {
  const foreground = findForeground();
  const file = requireConfigFile({
    explicit: context.options.configuration,
    cwd: process.cwd(),
    binPath: process.argv[1] ?? '',
  });
  const overrides: Partial<DaemonSettings> = {
    ...(flags.nodaemon === true ? { nodaemon: true } : {}),
    ...(flags.silent === true ? { silent: true } : {}),
  };
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
      onReady: () => foreground?.reportReady(),
    });
  } catch (error) {
    if (error instanceof ReloadctlError) foreground?.reportFailure(error);
    throw error;
  }
  return EXIT.ok;
}
