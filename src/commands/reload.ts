import { EXIT, type ExitCode } from '../base/errors.ts';
import { createOs } from '../os/create-os.ts';
import { openStateDirectory } from '../os/state-files.ts';
import type { PlannedAction } from '../policy/actions.ts';
import type { Interruption } from '../reload/interruption.ts';
import type { Context } from './context.ts';
import { mergeOptions, parseParallel, type ReloadFlags } from './reload-options.ts';
import { Notifier, warnOnStderr } from './notifier.ts';
import { findTargets, type FoundTarget } from './resolve-targets.ts';
import { runOne, type RunOn } from './run-one.ts';
import { throughRun } from './through-run.ts';
import { userName } from './user-name.ts';

/** supervisorctl's `reload` takes no program and means something else. */
const SUPERVISORCTL_RELOAD =
  "What supervisorctl calls reload, a restart of the supervisor itself, is 'reloadctl restart-supervisor'.";

/**
 * Carries an action out on each target: by ascending priority, one after the other or as many at a time as was asked for, and begins no more when
 * one does not succeed. An action that had to KILL something (exit 11) did succeed.
 */
export async function runOnTargets(
  context: Context,
  action: PlannedAction,
  words: readonly string[],
  flags: ReloadFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  // Checked before anybody is asked, so that a wrong word is told at once.
  mergeOptions(flags, undefined);
  const atOnce = parseParallel(flags.parallel);
  if (flags.dryRun === true) {
    const { runPlan } = await import('./plan.ts');
    return runPlan(context, action, words, flags, interruption);
  }
  const { refuseAsSupervisorctl } = await import('./refuse-as-supervisorctl.ts');
  const refused = await refuseAsSupervisorctl(context, action, words);
  if (refused !== undefined) return refused;
  const os = await createOs();
  const hint = action === 'reload' ? SUPERVISORCTL_RELOAD : undefined;
  const named = await findTargets(context, os, words, hint);
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const notifier = new Notifier(os, interruption.atOnce, warnOnStderr);
  const on: RunOn = {
    notifier,
    os,
    state: state.ok ? state.value : undefined,
    interruption,
    action,
    flags,
    user: await userName(os),
  };
  const { showFindings } = await import('./show-findings.ts');
  const targets = named.map(({ target }) => target);
  await showFindings(context, os, targets, action, interruption.orderly);
  interruption.begin();
  const found = await Promise.all(
    named.map(async (each) => ({ ...each, target: await throughRun(context, os, action, each) })),
  );
  try {
    return await runOnFound(context, on, found, atOnce);
  } finally {
    await notifier.end();
  }
}

async function runOnFound(
  context: Context,
  on: RunOn,
  found: readonly FoundTarget[],
  atOnce: number,
): Promise<ExitCode> {
  const [only] = found;
  if (only === undefined) return EXIT.ok;
  if (found.length > 1) {
    const { runSeveral } = await import('./run-several.ts');
    return runSeveral(context, on, found, atOnce);
  }
  const renderer = await context.openRenderer();
  try {
    return (await runOne(on, only.target, renderer)).exitCode;
  } finally {
    renderer.finish();
  }
}
