import type { ExitCode } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import type { StateDirectory } from '../os/state-files.ts';
import type { PlannedAction } from '../policy/actions.ts';
import type { Outcome } from '../reload/events.ts';
import type { Interruption } from '../reload/interruption.ts';
import { runAction } from '../reload/run-action.ts';
import type { Target } from '../reload/target.ts';
import type { Renderer } from '../terminal/renderer.ts';
import { notifyUrlsOf, type Notifier } from './notifier.ts';
import { mergeOptions, waitMsOf, type ReloadFlags } from './reload-options.ts';

/** What all targets of a command have in common. */
export interface RunOn {
  readonly os: Os;
  readonly state: StateDirectory | undefined;
  readonly interruption: Interruption;
  readonly action: PlannedAction;
  readonly flags: ReloadFlags;
  /** The name of the user that we are. */
  readonly user: string;
  /** What runs is what has failed. */
  readonly isWayBack?: boolean;
  /** Whom the results are told beside; left out: nobody. */
  readonly notifier?: Notifier;
}

/** Carries the action out on one target and shows it. */
export async function runOne(
  { os, state, interruption, action, flags, user, isWayBack, notifier }: RunOn,
  target: Target,
  renderer: Renderer,
): Promise<{ readonly outcome: Outcome; readonly exitCode: ExitCode }> {
  let outcome: Outcome = 'failed';
  renderer.begin(target.label);
  const settings = target.kind === 'supervised' ? target.program?.settings : undefined;
  const exitCode = await runAction(
    {
      os,
      state,
      interruption,
      sink: (event) => {
        renderer.handle(event);
        if (event.event !== 'result') return;
        ({ outcome } = event);
        notifier?.send(notifyUrlsOf(target), event);
      },
    },
    {
      action,
      target,
      options: { ...mergeOptions(flags, settings), isWayBack },
      waitMs: waitMsOf(flags),
      user,
    },
  );
  return { outcome, exitCode };
}
