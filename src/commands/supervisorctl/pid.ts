import { EXIT, type ExitCode } from '../../base/errors.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { checkUp, refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type Surroundings } from './report.ts';
import { wordsOf } from './words-of.ts';

/** Prints the pid of the supervisor, of the processes that are named, or of all. */
export async function runPid(
  surroundings: Surroundings,
  args: readonly string[],
): Promise<ExitCode> {
  const report = new Report(surroundings, 'pid');
  const down = await checkUp(surroundings);
  if (down !== undefined) return down;
  const names = wordsOf(args);
  if (names.length === 0) await answerSupervisor(surroundings, report);
  else if (names.includes('all')) await answerAll(surroundings, report);
  else return answerNamed(surroundings, report, names);
  return report.exitCode;
}

async function answerSupervisor(surroundings: Surroundings, report: Report): Promise<void> {
  const pid = await surroundings.supervisor.getPid();
  if (!pid.ok) throw refuse(surroundings, pid.error);
  report.answer([String(pid.value)], { pid: pid.value });
}

/** A pid of 0, a process that does not run, is no failure here. */
async function answerAll(surroundings: Surroundings, report: Report): Promise<void> {
  const infos = await surroundings.supervisor.getAllProcessInfo();
  if (!infos.ok) throw refuse(surroundings, infos.error);
  report.answer(
    infos.value.map(({ pid }) => String(pid)),
    infos.value.map((info) => ({ name: nameSpecOf(info), pid: info.pid })),
  );
}

async function answerNamed(
  surroundings: Surroundings,
  report: Report,
  names: readonly string[],
): Promise<ExitCode> {
  const lines: string[] = [];
  const values: Array<{ name: string; pid?: number; message?: string }> = [];
  let exitCode: ExitCode = EXIT.ok;
  for (const name of names) {
    const info = await surroundings.supervisor.getProcessInfo(name);
    if (info.ok) {
      lines.push(String(info.value.pid));
      values.push({ name, pid: info.value.pid });
      if (info.value.pid === 0) exitCode = EXIT.notRunningOnAction;
    } else if (faultOf(info.error) === 'BAD_NAME') {
      const message = `No such process ${name}`;
      lines.push(message);
      values.push({ name, message });
      exitCode = EXIT.failed;
    } else throw refuse(surroundings, info.error);
  }
  report.answer(lines, values);
  return exitCode;
}
