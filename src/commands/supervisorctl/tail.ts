import { EXIT, type ExitCode } from '../../base/errors.ts';
import type { FaultName, RpcFailure } from '../../rpc/supervisor.ts';
import { checkUp, refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { parseTailWords, type TailRequest } from './parse-tail-words.ts';
import { readLogEnd } from './read-log-end.ts';
import { Report, type CommandDeps } from './report.ts';
import { showFollowedLog } from './show-followed-log.ts';
import { writeLog } from './log-writer.ts';
import { wordsOf } from './words-of.ts';

/** supervisorctl.py 4.3.0, help_tail. */
const USAGE = [
  'tail [-f] <name> [stdout|stderr] (default stdout)',
  'Ex:',
  'tail -f <name>\t\tContinuous tail of named process stdout',
  '\t\t\tCtrl-C to exit.',
  'tail -100 <name>\tlast 100 *bytes* of process stdout',
  'tail <name> stderr\tlast 1600 *bytes* of process stderr',
];

/** Prints the end of a process's log, or follows it. */
export async function runTail(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'tail');
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const request = parseTailWords(wordsOf(args));
  if (request.kind === 'misuse') {
    return report.misused(request.message, request.help ? USAGE : []);
  }
  if (request.kind === 'follow') return showFollowedLog(deps, request);
  await printEnd(deps, report, request);
  return report.exitCode;
}

const REASONS: Partial<Readonly<Record<FaultName, string>>> = {
  NO_FILE: 'no log file',
  FAILED: 'unknown error reading log',
  BAD_NAME: 'no such process name',
};

async function printEnd(
  deps: CommandDeps,
  report: Report,
  { name, channel, bytes }: Extract<TailRequest, { kind: 'read' }>,
): Promise<void> {
  const { supervisor } = deps;
  const text = await readLogEnd(bytes, (offset) =>
    supervisor.readProcessLog(name, channel, offset, 0),
  );
  if (!text.ok) {
    const reason = describeLogFault(text.error);
    if (reason === undefined) throw refuse(deps, text.error);
    report.failed(`${name}: ERROR (${reason})`, EXIT.failed, name);
  } else if (deps.options.json === true) {
    report.answer([], { name, channel, text: text.value });
  } else writeLog(process.stdout, text.value);
}

/** supervisorctl's words for a log that cannot be read; undefined for any other failure. */
export function describeLogFault(failure: RpcFailure): string | undefined {
  const fault = faultOf(failure);
  return fault === undefined ? undefined : REASONS[fault];
}
