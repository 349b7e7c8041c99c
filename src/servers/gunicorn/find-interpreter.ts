import { dirname, isAbsolute, join } from 'node:path';
import type { Os } from '../../os/os.ts';
import type { Proc } from '../../os/proc.ts';
import type { Rights } from '../../os/credentials.ts';
import { findCommand, mayRunConfigured, type ServerTarget } from '../boot-context.ts';
import { parseGunicornArgv, type GunicornCommandLine } from './command-line.ts';
import type { InterpreterFacts } from './gunicorn-facts.ts';

/**
 * The virtual environment that the next start would use, where the master runs on another one:
 * workers are forked from the master, and USR2 executes its interpreter again, so neither a HUP
 * nor a bridge comes by the new packages. `running` is argv[0] of the master, `offered` what the
 * configuration leads to.
 */
export async function findOtherInterpreter(
  os: Os,
  master: Proc,
  running: string | undefined,
  offered: string | undefined,
): Promise<InterpreterFacts | undefined> {
  if (running === undefined || offered === undefined) return undefined;
  if (!isAbsolute(running) || !isAbsolute(offered)) return undefined;
  const files = os.files('ours');
  const prefix = prefixOf(offered);
  if (!(await files.stat(join(prefix, 'pyvenv.cfg'))).ok) return undefined;
  const real = await files.realpath(prefix);
  if (!real.ok) return undefined;
  if (prefixOf(running) !== prefix) {
    const { exists, realPath } = await os.pathWriters(prefixOf(running));
    return exists && realPath === real.value
      ? undefined
      : { running: realPath, offered: real.value };
  }
  const startedAt = await os.startedAt(master);
  for (let path = prefix; path !== dirname(path); path = dirname(path)) {
    const stat = await files.lstat(path);
    // Moved since: what it led to at the start is not known.
    if (stat.ok && stat.value.kind === 'symlink' && stat.value.ctimeMs > startedAt) {
      return { running: undefined, offered: real.value };
    }
  }
  return undefined;
}

/** The interpreter of the next start, where it is not that of the master, and how it is started. */
export async function findOther(
  os: Os,
  { program, startsAnew }: ServerTarget,
  master: Proc,
  environment: Readonly<Record<string, string>>,
  rights: Rights,
): Promise<
  { readonly interpreter: InterpreterFacts; readonly command: GunicornCommandLine } | undefined
> {
  if (program === undefined || startsAnew) return undefined;
  const argv = await os.argv(master);
  const live = argv.ok ? parseGunicornArgv(argv.value) : undefined;
  if (live === undefined || !(await mayRunConfigured(os, program, rights))) return undefined;
  const command = await findCommand(os, { program }, undefined, environment, rights);
  if (command === undefined) return undefined;
  const interpreter = await findOtherInterpreter(os, master, live.python, command.python);
  return interpreter === undefined ? undefined : { interpreter, command };
}

/** sys.prefix of an interpreter in a virtual environment (PEP 405). */
const prefixOf = (python: string): string => dirname(dirname(python));
