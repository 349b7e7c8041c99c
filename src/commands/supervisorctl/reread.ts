import { EXIT, type ExitCode } from '../../base/errors.ts';
import { compareCodePoints } from '../../config/python/text.ts';
import type { ConfigChanges } from '../../rpc/supervisor.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { HELP } from './help-texts.ts';
import { Report, type Surroundings } from './report.ts';

/** Lets the supervisor read its configuration again and prints what differs from what is active; nothing is applied. */
export async function runReread(
  surroundings: Surroundings,
  args: readonly string[],
): Promise<ExitCode> {
  const report = new Report(surroundings, 'reread');
  const misuse = report.refuseArguments(args, HELP.reread);
  if (misuse !== undefined) return misuse;
  const changes = await surroundings.supervisor.reloadConfig();
  if (changes.ok) report.answer(renderChanges(changes.value), changes.value);
  else if (faultOf(changes.error) === 'SHUTDOWN_STATE') {
    report.failed('ERROR: supervisor shutting down', EXIT.failed);
  } else if (changes.error.kind === 'fault' && changes.error.name === 'CANT_REREAD') {
    report.failed(`ERROR: ${changes.error.text}`, EXIT.failed);
  } else throw refuse(surroundings, changes.error);
  return report.exitCode;
}

/** A line a group, by name; a group in two lists is what the later list says. */
function renderChanges({ added, changed, removed }: ConfigChanges): readonly string[] {
  const states = new Map<string, string>();
  for (const name of added) states.set(name, 'available');
  for (const name of changed) states.set(name, 'changed');
  for (const name of removed) states.set(name, 'disappeared');
  if (states.size === 0) return ['No config updates to processes'];
  return [...states]
    .sort(([left], [right]) => compareCodePoints(left, right))
    .map(([name, state]) => `${name}: ${state}`);
}
