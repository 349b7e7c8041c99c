import { EXIT, type ExitCode } from '../../base/errors.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { checkUp, refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';
import { wordsOf } from './words-of.ts';

/** Prints the pid of the supervisor, of the processes that are named, or of all. */
export async function runPid(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'pid');
  const down = await checkUp(deps);
  if (down !== undefined) return down;
  const names = wordsOf(args);
  if (names.length === 0) await answerSupervisor(deps, report);
  else if (names.includes('all')) await answerAll(deps, report);
  else return answerNamed(deps, report, names);
  return report.exitCode;
}

async function answerSupervisor(deps: CommandDeps, report: Report): Promise<void> {
  const pid = await deps.supervisor.getPid();
  if (!pid.ok) throw refuse(deps, pid.error);
  report.answer([String(pid.value)], { pid: pid.value });
}

/** A pid of 0, a process that does not run, is no failure here. */
async function answerAll(deps: CommandDeps, report: Report): Promise<void> {
  const infos = await deps.supervisor.getAllProcessInfo();
  if (!infos.ok) throw refuse(deps, infos.error);
  report.answer(
    infos.value.map(({ pid }) => String(pid)),
    infos.value.map((info) => ({ name: nameSpecOf(info), pid: info.pid })),
  );
}

async function answerNamed(
  deps: CommandDeps,
  report: Report,
  names: readonly string[],
): Promise<ExitCode> {
  const lines: string[] = [];
  const values: Array<{ name: string; pid?: number; message?: string }> = [];
  let exitCode: ExitCode = EXIT.ok;
  for (const name of names) {
    const info = await deps.supervisor.getProcessInfo(name);
    if (info.ok) {
      lines.push(String(info.value.pid));
      values.push({ name, pid: info.value.pid });
      if (info.value.pid === 0) exitCode = EXIT.notRunningOnAction;
    } else if (faultOf(info.error) === 'BAD_NAME') {
      const message = `No such process ${name}`;
      lines.push(message);
      values.push({ name, message });
      exitCode = EXIT.failed;
    } else throw refuse(deps, info.error);
  }
  report.answer(lines, values);
  return exitCode;
}
