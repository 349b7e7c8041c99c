import { compareEnvironments, type OptionChange } from '../../config/changes/compare-options.ts';
import type { Program } from '../../config/program.ts';
import { splitCommand } from '../../config/split-command.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';

/** What a shell sets on its way. */
const OF_SHELLS: ReadonlySet<string> = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL']);

/**
 * What of environment= a process that runs does not have, has otherwise, or has still. 'unseen' where its environment may not be read or has
 * been overwritten (setproctitle). `commands` are those that it may have been started with: where it runs under another one, a wrapper may
 * have set variables of its own, and what it has beyond the configuration says nothing.
 */
export async function compareLiveEnvironment(
  os: Os,
  {
    proc,
    supervisor,
    program,
    commands,
  }: {
    readonly proc: ProcId;
    readonly supervisor: ProcId;
    readonly program: Program;
    readonly commands: readonly string[];
  },
): Promise<OptionChange | 'unseen' | undefined> {
  const [live, inherited, argv] = await Promise.all([
    os.environment(proc),
    os.environment(supervisor),
    os.argv(proc),
  ]);
  if (!live.ok || !inherited.ok || live.value.SUPERVISOR_ENABLED === undefined) return 'unseen';
  const isDirect = argv.ok && commands.some((command) => isRunAs(argv.value, command));
  const isOwn = (name: string): boolean => {
    if (Object.hasOwn(program.environment, name)) return true;
    if (!isDirect || name.startsWith('SUPERVISOR_') || OF_SHELLS.has(name)) return false;
    return live.value[name] !== inherited.value[name];
  };
  const old = Object.fromEntries(Object.entries(live.value).filter(([name]) => isOwn(name)));
  return compareEnvironments(old, program.environment);
}

/** Whether it is the command itself, or the interpreter of the script that it names. */
function isRunAs(argv: readonly string[], command: string): boolean {
  const words = splitCommand(command);
  if (!words.ok || words.value.length === 0) return false;
  const [script = '', ...args] = words.value;
  const tail = argv.slice(-args.length - 1);
  const hasArgs = args.every((word, index) => tail[index + 1] === word);
  return hasArgs && (tail[0] === script || tail[0]?.endsWith(`/${script}`) === true);
}
