import { EXIT, type ExitCode } from '../base/errors.ts';
import type { ProcessInfo, ProcessState, RpcFailure } from '../rpc/supervisor.ts';
import { renderStatus } from '../terminal/status-table.ts';
import { escapeForTerminal } from '../terminal/text/escape.ts';
import type { Context } from './context.ts';
import { splitNameSpec } from './name-spec.ts';
import { rowOf } from './row-of.ts';
import { describeUnusable, refuse } from './supervisorctl/check-up.ts';
import { Report } from './supervisorctl/report.ts';
import { wordsOf } from './supervisorctl/words-of.ts';

/** Flags of `status`. */
export interface StatusFlags {
  readonly long?: true;
}

/** States in which supervisorctl's `status` exits with 3 (supervisor/states.py, STOPPED_STATES). */
const STOPPED: ReadonlySet<ProcessState> = new Set<ProcessState>([
  'STOPPED',
  'EXITED',
  'FATAL',
  'UNKNOWN',
]);

/** The processes to show, and the lines for words that mean none. */
interface Selection {
  readonly infos: readonly ProcessInfo[];
  readonly errors: readonly string[];
}

/** Shows processes in supervisorctl's columns, with its messages and its exit codes. */
export async function runStatus(
  context: Context,
  words: readonly string[],
  flags: StatusFlags,
): Promise<ExitCode> {
  const all = await context.supervisor.getAllProcessInfo();
  if (!all.ok) return fail(context, all.error);
  const { infos, errors } = select(all.value, wordsOf(words));
  if (context.options.json === true) context.printJson(await describe(context, infos, flags));
  else {
    context.print(...errors.map((line) => escapeForTerminal(line)));
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
    context.print(...renderStatus(infos.map(rowOf)));
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

function select(all: readonly ProcessInfo[], words: readonly string[]): Selection {
  if (words.length === 0 || words.includes('all')) return { infos: all, errors: [] };
  const infos: ProcessInfo[] = [];
  const errors: string[] = [];
  for (const word of words) {
    const { group, name } = splitNameSpec(word);
    const found = all.filter(
      (info) => info.group === group && (name === undefined || info.name === name),
    );
    infos.push(...found);
    if (found.length === 0) {
      errors.push(
        name === undefined ? `${group}: ERROR (no such group)` : `${word}: ERROR (no such process)`,
      );
    }
  }
  return { infos, errors };
}

/** supervisorctl says on stdout why the supervisor cannot be used, and exits with 4. */
function fail(context: Context, failure: RpcFailure): ExitCode {
  const unusable = describeUnusable(failure);
  if (unusable === undefined) throw refuse(context, failure);
  new Report(context, 'status').failed(unusable.message, EXIT.unknown);
  return EXIT.unknown;
}
