import type { Step } from '../policy/plan.ts';
import { ownEnvironment } from '../servers/boot-context.ts';
import type { StepFailure } from './events.ts';
import type { Session } from './session.ts';

const MAX_OUTPUT_BYTES = 16 * 1024;

/**
 * Runs a command of the `hooks` setting as ourselves, in our directory, with what is known of the action in variables beside our
 * environment, and as JSON on its standard input. What it prints is shown when it fails.
 */
export async function runHook(
  session: Session,
  step: Extract<Step, { do: 'hook' }>,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const report = await session.parts.report?.(session.ended);
  const result = await session.os.run({
    argv: step.argv,
    cwd: undefined,
    env: {
      ...ownEnvironment(),
      RELOADCTL_PROGRAM: session.parts.supervisorName ?? '',
      RELOADCTL_HOOK: step.moment,
      ...report?.variables,
    },
    stdin: report?.document,
    rights: 'ours',
    timeoutMs: step.limit.ms,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    abort,
  });
  if (result.end === 'exit' && result.code === 0) return undefined;
  if (result.end === 'aborted') return { why: 'interrupted' };
  const output = [result.stdout, result.stderr].join('').trim();
  if (output !== '') session.emit({ event: 'output', source: 'hook', text: output });
  return { why: 'hook', detail: describe(result) };
}

function describe(result: Awaited<ReturnType<Session['os']['run']>>): string {
  if (result.end === 'exit') return `exit status ${result.code ?? '?'}`;
  return result.error ?? result.signal ?? result.end;
}
