import type { CommandResult } from '../os/os.ts';
import { extractCause } from './program-log.ts';
import type { Session } from './session.ts';

/** Somebody waits for the explanation: a version that hangs is not worth more. */
const LIMIT_MS = 15_000;

const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * What the new code says when it is only loaded (`gunicorn --check-config`): for a program whose output goes where it cannot be read, a
 * terminal or the journal. '' where it loads, or cannot be tried.
 */
export async function explainBoot(session: Session): Promise<string> {
  const result = await tryToLoad(session);
  if (result?.end !== 'exit' || result.code === 0) return '';
  return extractCause([result.stdout, result.stderr].join('\n'));
}

/** Whether the code can be loaded as it is on the disk now; also true where that cannot be tried. */
export async function canBeLoaded(session: Session): Promise<boolean> {
  const result = await tryToLoad(session);
  return result === undefined || (result.end === 'exit' && result.code === 0);
}

async function tryToLoad(session: Session): Promise<CommandResult | undefined> {
  const { bootCommand, preflightContext, interruption } = session.parts;
  if (bootCommand === undefined || preflightContext === undefined) return undefined;
  return session.os.run({
    ...preflightContext,
    cwd: bootCommand.cwd,
    argv: [...bootCommand.argv, '--check-config'],
    timeoutMs: LIMIT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    abort: interruption.atOnce,
    endsWithUs: true,
  });
}
