import { EXIT, type ExitCode } from '../base/errors.ts';
import type { ProcessInfo, ProcessState, RpcFailure } from '../rpc/supervisor.ts';
import { renderStatus } from '../terminal/status-table.ts';
import { escapeForTerminal } from '../terminal/text/escape.ts';
import type { Context } from './context.ts';
import { rowOf } from './row-of.ts';
import { selectProcesses } from './select-processes.ts';
import { describeUnusable, refuse } from './supervisorctl/check-up.ts';
import { Report } from './supervisorctl/report.ts';
import { wordsOf } from './supervisorctl/words-of.ts';

/** Flags of `status`. */
export interface StatusFlags {
  readonly long?: true;
  readonly watch?: true;
  /** Seconds, with `watch`. */
  readonly interval?: string;
}

/** States in which supervisorctl's `status` exits with 3 (supervisor/states.py, STOPPED_STATES). */
const STOPPED: ReadonlySet<ProcessState> = new Set<ProcessState>([
  'STOPPED',
  'EXITED',
  'FATAL',
  'UNKNOWN',
]);

/** Shows processes in supervisorctl's columns, with its messages and its exit codes. */
export async function runStatus(
  context: Context,
  words: readonly string[],
  flags: StatusFlags,
): Promise<ExitCode> {
  const all = await context.supervisor.getAllProcessInfo();
  if (!all.ok) return fail(context, all.error);
  const { infos, errors } = selectProcesses(all.value, wordsOf(words));
  if (flags.watch === true && (errors.length === 0 || infos.length > 0)) {
    const { runWatch } = await import('./watch/run-watch.ts');
    return runWatch(context, words, flags.interval);
  }
  if (context.options.json === true) context.printJson(await describe(context, infos, flags));
  else {
    context.printAll(errors.map((line) => escapeForTerminal(line)));
    await print(context, infos, flags);
  }
  if (infos.some((info) => STOPPED.has(info.state))) return EXIT.notRunning;
  return errors.length > 0 ? EXIT.unknown : EXIT.ok;
}

async function print(
  context: Context,
  infos: readonly ProcessInfo[],
  flags: StatusFlags,
): Promise<void> {
  if (flags.long !== true) {
    context.printAll(renderStatus(infos.map(rowOf)));
    return;
  }
  const { printLongStatus } = await import('./long-status.ts');
  await printLongStatus(context, infos);
}

async function describe(
  context: Context,
  infos: readonly ProcessInfo[],
  flags: StatusFlags,
): Promise<unknown> {
  if (flags.long !== true) return infos;
  const { describeLongStatus } = await import('./long-status.ts');
  return describeLongStatus(context, infos);
}

/** supervisorctl says on stdout why the supervisor cannot be used, and exits with 4. */
function fail(context: Context, failure: RpcFailure): ExitCode {
  const unusable = describeUnusable(failure);
  if (unusable === undefined) throw refuse(context, failure);
  new Report(context, 'status').failed(unusable.message, EXIT.unknown);
  return EXIT.unknown;
}
