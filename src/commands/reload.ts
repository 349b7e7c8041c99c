import { EXIT, type ExitCode } from '../base/errors.ts';
import { createOs } from '../os/create-os.ts';
import { openStateDirectory } from '../os/state-files.ts';
import type { PlannedAction } from '../policy/plan-action.ts';
import type { Interruption } from '../reload/interruption.ts';
import { runAction, type ActionEnvironment } from '../reload/run-action.ts';
import type { Context } from './context.ts';
import { mergeOptions, type ReloadFlags } from './reload-options.ts';
import { resolveTargets } from './resolve-targets.ts';
import { userName } from './user-name.ts';

/** supervisorctl's `reload` takes no program and means something else. */
const SUPERVISORCTL_RELOAD =
  "What supervisorctl calls reload, a restart of the supervisor itself, is 'reloadctl restart-supervisor'.";

/**
 * Carries an action out on each target, one after the other, and stops at the first that does not succeed. An action that had to KILL
 * something (exit 11) did succeed.
 */
export async function runOnTargets(
  context: Context,
  action: PlannedAction,
  words: readonly string[],
  flags: ReloadFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  if (flags.dryRun === true) {
    const { runPlan } = await import('./plan.ts');
    return runPlan(context, action, words, flags, interruption.orderly);
  }
  const os = await createOs();
  // Checked before anybody is asked, so that a wrong word is told at once.
  mergeOptions(flags, undefined);
  const hint = action === 'reload' ? SUPERVISORCTL_RELOAD : undefined;
  const targets = await resolveTargets(context, os, words, hint);
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const renderer = await context.openRenderer();
  const environment: ActionEnvironment = {
    os,
    state: state.ok ? state.value : undefined,
    sink: (event) => {
      renderer.handle(event);
    },
    interruption,
  };
  const user = await userName(os);
  let exitCode: ExitCode = EXIT.ok;
  try {
    for (const target of targets) {
      renderer.begin(target.label);
      const settings = target.kind === 'supervised' ? target.program?.settings : undefined;
      const code = await runAction(environment, {
        action,
        target,
        options: mergeOptions(flags, settings),
        wait: flags.wait !== false,
        user,
      });
      if (code !== EXIT.ok) exitCode = code;
      if (code !== EXIT.ok && code !== EXIT.killed) break;
    }
  } finally {
    renderer.finish();
  }
  return exitCode;
}
