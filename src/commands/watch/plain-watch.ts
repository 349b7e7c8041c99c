import { EXIT, type ExitCode } from '../../base/errors.ts';
import { describeRpcFailure } from '../../rpc/describe-failure.ts';
import { toJsonLine } from '../../base/json.ts';
import { renderLongStatus } from '../../terminal/long-status-table.ts';
import { columnsOf } from '../../terminal/output-stream.ts';
import type { Output } from '../../terminal/renderer.ts';
import { escapeForTerminal } from '../../terminal/text/escape.ts';
import type { Context } from '../context.ts';
import { untilInterrupted } from '../supervisorctl/until-interrupted.ts';
import { InterruptibleSleep } from './interruptible-sleep.ts';
import type { ProgramSampler, Sample } from './program-sampler.ts';

/**
 * The table of `status --long` again and again, for what is no terminal or none that could be drawn on; with --json one document a line.
 * Ends with Ctrl-C or with its reader, which is how it is meant to end: exit code 0.
 */
export async function watchPlainly(
  context: Context,
  sampler: ProgramSampler,
  output: Output,
  intervalMs: number,
): Promise<ExitCode> {
  const pause = new InterruptibleSleep();
  await untilInterrupted(async (abort) => {
    abort.addEventListener('abort', () => {
      pause.wake();
    });
    let trouble: string | undefined;
    const isOver = (): boolean => abort.aborted;
    while (!isOver()) {
      const sample = await sampler.sample(abort);
      if (sample.ok) {
        trouble = undefined;
        print(context, sample.value, output);
      } else if (sample.error.kind !== 'aborted') {
        const why = describeRpcFailure(sample.error).message;
        // Once is enough: it may take hours.
        if (why !== trouble) complain(context, why);
        trouble = why;
      }
      if (!isOver()) await pause.sleep(intervalMs);
    }
  });
  return EXIT.ok;
}

function print(context: Context, { programs, errors }: Sample, { stream, theme }: Output): void {
  const now = new Date();
  if (context.options.json === true) {
    context.print(toJsonLine({ event: 'status', at: now.toISOString(), programs }).trimEnd());
    return;
  }
  const width = stream.isTTY === true ? columnsOf(stream) : undefined;
  context.print(
    timeOf(now),
    ...errors.map((line) => escapeForTerminal(line)),
    ...renderLongStatus(programs, theme, width),
    '',
  );
}

function complain(context: Context, why: string): void {
  if (context.options.json === true) {
    context.print(toJsonLine({ event: 'error', message: why }).trimEnd());
    return;
  }
  process.stderr.write(`${timeOf(new Date())} ${escapeForTerminal(why)}, trying again\n`);
}

/** In local time, as logs have it. */
function timeOf(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
