import type { ExitCode } from '../../base/errors.ts';
import { Interruption } from '../../reload/interruption.ts';
import type { Context } from '../context.ts';
import { openUpdater } from './open-updater.ts';
import { runReread } from './reread.ts';
import { runUpdate } from './update.ts';

/** `reread`. */
export async function reread(context: Context, args: readonly string[]): Promise<ExitCode> {
  // Nothing is applied, so that it may end at any moment.
  return runReread(context, args, await openUpdater(context, new Interruption()));
}

/** `update`. */
export async function update(
  context: Context,
  args: readonly string[],
  interruption: () => Interruption,
): Promise<ExitCode> {
  return runUpdate(context, args, await openUpdater(context, interruption()));
}
