import { EXIT, type ExitCode } from '../../base/errors.ts';
import { FAULT_CODES, faultName } from '../../rpc/faults.ts';
import type { FaultName, RpcFailure } from '../../rpc/supervisor.ts';
import { nameSpecOf, splitNameSpec } from '../../base/name-spec.ts';
import { checkUp, refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import { wordsOf } from './words-of.ts';

/** supervisorctl.py 4.3.0, help_clear. */
const USAGE = [
  "clear <name>\t\tClear a process' log files.",
  "clear <name> <name>\tClear multiple process' log files",
  "clear all\t\tClear all process' log files",
];

/** Empties the logs of the processes that are named, or of all. */
export async function runClear(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'clear');
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const names = wordsOf(args);
  if (names.length === 0) {
    return report.misused('Error: clear requires a process name', USAGE);
  }
  if (names.includes('all')) await clearAll(deps, report);
  else for (const name of names) await clearOne(deps, report, name);
  return report.end();
}

async function clearAll(deps: CommandDeps, report: Report): Promise<void> {
  const results = await deps.supervisor.clearAllProcessLogs();
  if (!results.ok) throw refuse(deps, results.error);
  for (const result of results.value) {
    if (result.status === FAULT_CODES.SUCCESS) report.done(nameSpecOf(result), 'cleared');
    else {
      const { status: code, description: text } = result;
      const failure: RpcFailure = { kind: 'fault', code, name: faultName(code), text };
      fail(deps, report, nameSpecOf(result), failure);
    }
  }
}

async function clearOne(deps: CommandDeps, report: Report, word: string): Promise<void> {
  // There is no clearing of a group; supervisorctl passes 'g:*' on and shows Python's None in the answer.
  const { group, name = 'None' } = splitNameSpec(word);
  const cleared = await deps.supervisor.clearProcessLogs(word);
  if (cleared.ok) report.done(nameSpecOf({ group, name }), 'cleared');
  else fail(deps, report, nameSpecOf({ group, name }), cleared.error);
}

const REASONS: Partial<Readonly<Record<FaultName, string>>> = {
  BAD_NAME: 'no such process',
  FAILED: 'failed',
};

function fail(deps: CommandDeps, report: Report, name: string, failure: RpcFailure): void {
  const fault = faultOf(failure);
  const reason = fault === undefined ? undefined : REASONS[fault];
  if (reason === undefined) throw refuse(deps, failure);
  report.failed(`${name}: ERROR (${reason})`, EXIT.failed, name);
}
