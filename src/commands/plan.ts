import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { createOs } from '../os/create-os.ts';
import { openStateDirectory } from '../os/state-files.ts';
import { exitOfRefusal } from '../policy/refusal.ts';
import { PLANNED_ACTIONS, type PlannedAction } from '../policy/actions.ts';
import type { Interruption } from '../reload/interruption.ts';
import { preparePlan } from '../reload/prepare-plan.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import { renderPlan } from '../terminal/plan-text.ts';
import { renderRefusal } from '../terminal/refusal-text.ts';
import type { Context } from './context.ts';
import { mergeOptions, type ReloadFlags } from './reload-options.ts';
import { findTargets } from './resolve-targets.ts';
import { throughRun } from './through-run.ts';
import { userName } from './user-name.ts';

/** What `plan` calls an action: 'restart --hard' is one word here. */
export function parseAction(word: string, hard: boolean): PlannedAction {
  const action = PLANNED_ACTIONS.find((name) => name === word);
  if (action === undefined) {
    throw new ReloadctlError(`plan ${word}: there is no plan for that`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: `Choose ${PLANNED_ACTIONS.join(', ')}; then name the program.`,
    });
  }
  return hard && action === 'restart' ? 'hard-restart' : action;
}

/** Prints what an action would do, and does nothing. */
export async function runPlan(
  context: Context,
  action: PlannedAction,
  words: readonly string[],
  flags: ReloadFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  const os = await createOs();
  mergeOptions(flags, undefined);
  const found = await findTargets(context, os, words);
  interruption.begin();
  const targets = await Promise.all(found.map((each) => throughRun(context, os, action, each)));
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const user = await userName(os);
  const { stream, theme } = (await context.openOutputs()).out;
  const width = columnsOf(stream);
  let exitCode: ExitCode = EXIT.ok;
  for (const [index, target] of targets.entries()) {
    const settings = target.kind === 'supervised' ? target.program?.settings : undefined;
    const { plan } = await preparePlan(
      os,
      state.ok ? state.value : undefined,
      { action, target, options: mergeOptions(flags, settings), user },
      interruption.orderly,
    );
    if (!plan.ok) exitCode = exitOfRefusal(plan.error);
    if (context.options.json === true) {
      context.printJson(plan.ok ? { plan: plan.value } : { refusal: plan.error });
    } else {
      if (index > 0) context.print('');
      context.print(
        ...(plan.ok
          ? renderPlan(plan.value, theme, width)
          : renderRefusal(plan.error, { action, target: target.label }, theme, width)),
      );
    }
  }
  return exitCode;
}
