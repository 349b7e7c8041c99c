import type { Step } from '../policy/plan.ts';
import type { StepFailure } from './events.ts';
import { extractCause } from './program-log.ts';
import type { Session } from './session.ts';

const MAX_OUTPUT_BYTES = 64 * 1024;

/** Runs the command or writes into the control channel; undefined: the server took it. */
export async function tellServer(
  session: Session,
  { what, limit }: Pick<Extract<Step, { do: 'tell' }>, 'what' | 'limit'>,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  session.toll.hasChanged = true;
  const outcome =
    what.by === 'command'
      ? await runCommand(session, what.argv, limit.ms, abort)
      : await writeChannel(session, what, limit.ms);
  session.emit({ event: 'told', shown: what.shown, outcome: outcome ?? 'taken' });
  return outcome === undefined ? undefined : { why: 'told', shown: what.shown, detail: outcome };
}

/** What went wrong; undefined: exit status 0. */
async function runCommand(
  session: Session,
  argv: readonly string[],
  timeoutMs: number,
  abort: AbortSignal,
): Promise<string | undefined> {
  const context = session.parts.preflightContext;
  const result = await session.os.run({
    argv,
    cwd: context?.cwd,
    env: context?.env ?? {},
    rights: context?.rights ?? 'nobody',
    timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    abort,
  });
  if (result.end === 'exit' && result.code === 0) return undefined;
  const output = extractCause([result.stdout, result.stderr].join('\n'));
  if (output !== '') session.emit({ event: 'output', source: 'preflight', text: output });
  return result.end === 'exit' ? `exit status ${result.code}` : (result.error ?? result.end);
}

async function writeChannel(
  session: Session,
  {
    channel,
    path,
    message,
    answer,
  }: Extract<Extract<Step, { do: 'tell' }>['what'], { by: 'channel' }>,
  timeoutMs: number,
): Promise<string | undefined> {
  const told = await session.os.tell(channel, path, message, timeoutMs, session.parts.rights);
  if (!told.ok) return `${path}: ${told.error}`;
  if (answer === undefined || new RegExp(answer, 'u').test(told.answer)) return undefined;
  session.emit({ event: 'output', source: 'preflight', text: told.answer });
  return `${path} answered otherwise than expected`;
}
