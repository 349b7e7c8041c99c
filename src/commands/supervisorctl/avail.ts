import { EXIT, type ExitCode } from '../../base/errors.ts';
import { nameSpecOf } from '../../base/name-spec.ts';
import { refuse } from './check-up.ts';
import { faultOf } from './fault-of.ts';
import { Report, type CommandDeps } from './report.ts';

/** supervisorctl.py 4.3.0, help_avail. */
const USAGE = ['avail\t\t\tDisplay all configured processes'];

/** One process of the configuration as getAllConfigInfo has it. */
type ConfigInfo = Readonly<Record<string, unknown>>;

/** Prints every process of the configuration as last read: whether it is in use, starts by itself, and its priorities. */
export async function runAvail(deps: CommandDeps, args: readonly string[]): Promise<ExitCode> {
  const report = new Report(deps, 'avail');
  const misuse = report.refuseArguments(args, USAGE);
  if (misuse !== undefined) return misuse;
  const infos = await deps.supervisor.getAllConfigInfo();
  if (infos.ok) report.answer(infos.value.map(renderRow), infos.value);
  else if (faultOf(infos.error) === 'SHUTDOWN_STATE') {
    report.failed('ERROR: supervisor shutting down', EXIT.failed);
  } else throw refuse(deps, infos.error);
  return report.exitCode;
}

/** supervisorctl.py, _formatConfigInfo: '%(name)-32s %(inuse)-9s %(autostart)-9s %(priority)s'. */
function renderRow(info: ConfigInfo): string {
  const name = nameSpecOf({ group: textOf(info.group), name: textOf(info.name) });
  const use = info.inuse === true ? 'in use' : 'avail';
  const start = info.autostart === true ? 'auto' : 'manual';
  const priority = `${textOf(info.group_prio)}:${textOf(info.process_prio)}`;
  return `${pad(name, 32)} ${pad(use, 9)} ${pad(start, 9)} ${priority}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

/** Python counts characters, not UTF-16 units. */
function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Array.from(text).length));
}
