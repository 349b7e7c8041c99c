import type { Program } from '../config/program.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import { signalName } from '../os/signals.ts';
import { traitsOf, type PlannedAction } from '../policy/actions.ts';
import { isSameProc, type Proc } from '../os/proc.ts';
import { findClaimed, findSupervisor } from '../reload/claimed-process.ts';
import type { Target } from '../reload/target.ts';
import type { Context } from './context.ts';
import { findControlSocket } from './foreground.ts';
import type { FoundTarget } from './resolve-targets.ts';

/**
 * Where the supervised process is a `reloadctl run`, the program that it runs: it holds the sockets, so that it can do more than the supervisor, which
 * notices nothing. Everything else stays as it is.
 */
export async function throughRun(
  context: Context,
  os: Os,
  action: PlannedAction,
  { target, pid }: Pick<FoundTarget, 'target' | 'pid'>,
): Promise<Target> {
  // The supervisor is the one that starts it, and that starts it again.
  if (traitsOf(action).isOfSupervisor === true || pid === 0) return target;
  const proc = await findMeant(context, os, target, pid);
  const socket = proc === undefined ? undefined : await findControlSocket(os, proc);
  if (socket === undefined) return target;
  // In a namespace of its own a user can put any socket at any name.
  const credentials = proc === undefined ? undefined : await os.credentials(proc);
  if (credentials?.ok !== true) return target;
  const supervisor = context.openSupervisor(`unix://${socket}`);
  const known = await findSupervisor(os, supervisor);
  // The name may lead to another one: whoever answers has to be the process that we mean.
  if (!known.ok || proc === undefined || !isSameProc(known.value.proc, proc)) return target;
  const [infos, configs] = await Promise.all([
    supervisor.getAllProcessInfo(),
    supervisor.getAllConfigInfo(),
  ]);
  const [info] = infos.ok ? infos.value : [];
  const [config] = configs.ok ? configs.value : [];
  // It is starting, or ending, or we may not ask it.
  if (info === undefined || config === undefined) return target;
  const outer = target.kind === 'supervised' ? target.program : undefined;
  // It was started behind a symlink that has moved since, and does not know of it: it would load the old release again.
  const files = os.files(credentials.value);
  if (
    outer?.directory !== undefined &&
    !(await isSame(os, outer.directory, files, config.directory))
  ) {
    return target;
  }
  return {
    kind: 'supervised',
    label: target.label,
    name: `${info.group}:${info.name}`,
    supervisor,
    program: outer === undefined ? undefined : asRun(outer, config),
  };
}

/** The process as far as the supervisor that names it is believed; what was named by its pid is meant. */
async function findMeant(
  { supervisor }: Context,
  os: Os,
  { kind }: Target,
  pid: number,
): Promise<Proc | undefined> {
  if (kind === 'process') return os.process(pid);
  const known = await findSupervisor(os, supervisor);
  // Whether it was adopted is asked later; here it matters whose it is.
  const claimed = await findClaimed(os, known, { pid, isAdopted: true });
  return claimed.ok ? claimed.value : undefined;
}

async function isSame(
  os: Os,
  directory: string,
  files: Pick<Files, 'stat'>,
  other: unknown,
): Promise<boolean> {
  if (typeof other !== 'string') return true;
  const [one, two] = await Promise.all([os.files('ours').stat(directory), files.stat(other)]);
  return one.ok && two.ok && one.value.ino === two.value.ino && one.value.dev === two.value.dev;
}

/** The settings of the program in the configuration, with what `run` has made of the rest. */
function asRun(program: Program, config: Readonly<Record<string, unknown>>): Program {
  const number = (key: string, otherwise: number): number => {
    const value = config[key];
    return typeof value === 'number' ? value : otherwise;
  };
  const text = (key: string): string | undefined => {
    const value = config[key];
    return typeof value === 'string' ? value : undefined;
  };
  const stopsignalNumber = number('stopsignal', program.stopsignalNumber);
  return {
    ...program,
    // What it says is executed with its own rights, whoever has started it.
    user: undefined,
    name: text('name') ?? program.name,
    group: text('group') ?? program.group,
    command: text('command') ?? program.command,
    directory: text('directory') ?? program.directory,
    autorestart: false,
    startsecs: number('startsecs', 0),
    startretries: number('startretries', 0),
    stopwaitsecs: number('stopwaitsecs', program.stopwaitsecs),
    stopsignalNumber,
    stopsignal: signalName(stopsignalNumber),
  };
}
