import { EXIT, type ReloadctlError } from '../base/errors.ts';
import { goesOnAfterFailure, type Several } from '../reload/several.ts';
import { toJsonLine } from '../base/json.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import type { Context } from './context.ts';

/** Tells why one of several targets could not be asked about, as the end of the whole command would. */
export async function tellError(
  context: Context,
  error: ReloadctlError,
  target: string,
): Promise<void> {
  const { errorToJson, renderError } = await import('../terminal/render-error.ts');
  if (context.options.json === true) {
    context.print(toJsonLine({ ...errorToJson(error), target }).trimEnd());
    return;
  }
  const { stream, theme } = (await context.openOutputs()).err;
  const lines = renderError(error, {
    theme,
    width: columnsOf(stream),
    debug: process.env.RELOADCTL_DEBUG === '1',
  });
  stream.write(`${lines.join('\n')}\n`);
}

/**
 * Tells how several targets went: the sentence on stdout (but for start and stop, where supervisorctl has no such line), who is meant on stderr; with --json one more result, the last line. */
export async function tellSeveral(context: Context, several: Several): Promise<void> {
  if (context.options.json === true) {
    const { action, exitCode, elapsedMs, targets } = several;
    const outcome = exitCode === EXIT.ok || exitCode === EXIT.killed ? 'done' : 'failed';
    const result = { event: 'result', outcome, exitCode, action, elapsedMs, targets };
    context.print(toJsonLine(result).trimEnd());
    return;
  }
  const { renderSeveral } = await import('../terminal/several-text.ts');
  const { out, err } = await context.openOutputs();
  const isQuiet = context.options.quiet === true;
  if (isQuiet && several.exitCode === EXIT.ok) return;
  const first = isQuiet || goesOnAfterFailure(several.action) ? err : out;
  const { sentence } = renderSeveral(several, first.theme, columnsOf(first.stream));
  first.stream.write(`${sentence}\n`);
  const { rows } = renderSeveral(several, err.theme, columnsOf(err.stream));
  if (rows.length > 0) err.stream.write(`${rows.join('\n')}\n`);
}
