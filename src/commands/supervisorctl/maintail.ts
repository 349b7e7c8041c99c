import { EXIT, type ExitCode } from '../../base/errors.ts';
import { checkUp, refuse } from './check-up.ts';
import { writeLog } from './log-writer.ts';
import { parseMaintailWords } from './parse-tail-words.ts';
import { readLogEnd } from './read-log-end.ts';
import { Report, type CommandDeps } from './report.ts';
import { showFollowedLog } from './show-followed-log.ts';
import { describeLogFault } from './tail.ts';
import { wordsOf } from './words-of.ts';

/** supervisorctl.py 4.3.0, help_maintail. */
const USAGE = [
  'maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)',
  'maintail -100\tlast 100 *bytes* of supervisord main log file',
  'maintail\tlast 1600 *bytes* of supervisor main log file',
  '',
];

/** Prints the end of the supervisor's own log, or follows it. */
export async function runMaintail(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'maintail');
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const request = parseMaintailWords(wordsOf(args));
  if (request.kind === 'misuse') {
    return report.misused(request.message, request.help ? USAGE : []);
  }
  if (request.kind === 'follow') return showFollowedLog(deps, undefined);
  const text = await readLogEnd(request.bytes, (offset) => deps.supervisor.readLog(offset, 0));
  if (!text.ok) {
    const reason = describeLogFault(text.error);
    if (reason === undefined) throw refuse(deps, text.error);
    report.failed(`supervisord: ERROR (${reason})`, EXIT.failed);
  } else if (deps.options.json === true) report.answer([], { text: text.value });
  else writeLog(process.stdout, text.value);
  return report.exitCode;
}
