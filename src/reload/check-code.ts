import { join, relative } from 'node:path';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Program } from '../config/program.ts';
import type { Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import type { KnownServerFacts, ReloadOptions } from '../policy/facts.ts';
import { limitBoot } from '../policy/limits.ts';
import { checkSteps } from '../policy/plan-native.ts';
import type { Step } from '../policy/plan.ts';
import { stepId } from '../policy/steps.ts';
import type { GunicornCommandLine } from '../servers/gunicorn/command-line.ts';
import type { GunicornContext } from '../servers/gunicorn/settings.ts';
import { findCommand, findUser, readEnvironment } from './boot-context.ts';
import type { Gathered } from './gather-facts.ts';
import type { Target } from './target.ts';

/** How the code of a target is booted aside. */
export interface CodeCheck {
  /** 'gunicorn', or the name of another type. */
  readonly serverType: string;
  readonly step: PreflightStep;
  readonly context: GunicornContext;
}

type PreflightStep = Extract<Step, { do: 'preflight' }>;

/**
 * How to boot a program's code aside: as the running master would load it, or, with `directory`, that of a release that is not live
 * yet. A program that does not run is checked by its configuration. A running server of another type is checked by its own means. Throws
 * a ReloadctlError for what cannot be checked.
 */
export async function prepareCheck(
  os: Os,
  target: Target,
  gathered: Gathered,
  options: ReloadOptions,
  directory: string | undefined,
): Promise<CodeCheck> {
  const program = target.kind === 'supervised' ? target.program : undefined;
  const { server } = gathered.facts;
  if (server.type === 'known') return checkKnown(target, server, gathered, options, directory);
  const live = server.type === 'gunicorn' ? server.preflight : undefined;
  const context = gathered.preflightContext ?? (await contextOf(os, program?.directory, target));
  const command = live?.command ?? (await findCommand(os, { program }, undefined, context.env));
  if (command === undefined) {
    throw new ReloadctlError(`${target.label}: how to check its code is not known`, {
      code: 'refused',
      exitCode: EXIT.failed,
      hint: 'Name gunicorn in the command, or start the program: what a server needs for its check is seen when it runs.',
    });
  }
  const current = program?.directory ?? context.cwd;
  const moved =
    directory === undefined
      ? { command, context }
      : await moveTo(os, directory, current, command, context);
  return {
    serverType: 'gunicorn',
    context: moved.context,
    step: {
      id: stepId('check'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: [...moved.command.launcher, ...moved.command.args],
      cwd: moved.context.cwd,
      user: moved.context.user?.name,
      environment: live?.environment ?? 'configuration',
      steadyMs: 0,
      limit: limitBoot(gathered.settings, options),
    },
  };
}

function checkKnown(
  { label }: Target,
  server: KnownServerFacts,
  { preflightContext: context }: Gathered,
  options: ReloadOptions,
  directory: string | undefined,
): CodeCheck {
  const { title, name } = server.server.type;
  const refuse = (message: string, hint: string): ReloadctlError =>
    new ReloadctlError(`${label}: ${message}`, { code: 'refused', exitCode: EXIT.failed, hint });
  if (directory !== undefined) {
    throw refuse(
      `${title} is checked with what it has been started with`,
      'Leave --directory out.',
    );
  }
  const step = checkSteps(server, options).find((each) => each.do === 'preflight');
  if (step === undefined || context === undefined) {
    throw refuse(
      `${title} cannot be checked aside`,
      'It has no check, or only root and the user of its master may run it.',
    );
  }
  return { serverType: name, context, step: { ...step, id: stepId('check') } };
}

/**
 * How to boot aside what the configuration says now of a program, whatever runs of it was started with. Undefined where it is no gunicorn, or
 * where a failure could be about our own permissions.
 */
export async function prepareConfiguredCheck(
  os: Os,
  program: Program,
  { supervisorProc, running }: ConfiguredBoot,
  options: ReloadOptions,
): Promise<CodeCheck | undefined> {
  const isRoot = os.me.uid === 0;
  const uid = program.user?.uid ?? supervisorProc.uid;
  if (!isRoot && uid !== os.me.uid) return undefined;
  const environment = await readEnvironment(
    os,
    { program, supervisorProc, startsAnew: true },
    running,
  );
  const command = await findCommand(os, { program }, undefined, environment.value);
  if (command === undefined) return undefined;
  const cwd = program.directory ?? (await directoryOf(os, supervisorProc));
  const user = isRoot ? await findUser(os, uid) : undefined;
  return {
    serverType: 'gunicorn',
    context: { cwd, env: environment.value, user },
    step: {
      id: stepId('check'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: [...command.launcher, ...command.args],
      cwd,
      user: user?.name,
      environment: environment.source,
      steadyMs: 0,
      limit: limitBoot(undefined, options),
    },
  };
}

/** Who would start a program, and what runs of it now. */
export interface ConfiguredBoot {
  readonly supervisorProc: Proc;
  readonly running: Proc | undefined;
}

async function directoryOf(os: Os, proc: Proc): Promise<string | undefined> {
  const cwd = await os.cwd(proc);
  return cwd.ok ? cwd.value : undefined;
}

async function contextOf(
  os: Os,
  cwd: string | undefined,
  target: Target,
): Promise<GunicornContext> {
  const program = target.kind === 'supervised' ? target.program : undefined;
  const environment = await readEnvironment(os, { program, supervisorProc: undefined }, undefined);
  const isRoot = os.me.uid === 0;
  return {
    cwd,
    env: environment.value,
    user: program?.user === undefined || !isRoot ? undefined : await findUser(os, program.user.uid),
  };
}

/** The same command in another release: its directory, and what of the command lies inside the present one. */
async function moveTo(
  os: Os,
  directory: string,
  current: string | undefined,
  command: GunicornCommandLine,
  context: GunicornContext,
): Promise<{ readonly command: GunicornCommandLine; readonly context: GunicornContext }> {
  const stat = await os.stat(directory);
  if (!stat.ok || stat.value.kind !== 'directory') {
    throw new ReloadctlError(`--directory ${directory}: not a directory that can be entered`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: 'Name the directory of the release that is to be checked.',
    });
  }
  const launcher = await Promise.all(
    command.launcher.map((word) => moveWord(os, word, current, directory)),
  );
  return {
    command: {
      python: launcher[0] ?? command.python,
      launcher,
      // The last one counts: a --chdir of the command names the release that is live.
      args: [...command.args, '--chdir', directory],
    },
    context: { ...context, cwd: directory, env: { ...context.env, PWD: directory } },
  };
}

/** A file of the present release, where the other one has it too; anything else stays. */
async function moveWord(
  os: Os,
  word: string,
  current: string | undefined,
  directory: string,
): Promise<string> {
  if (current === undefined || !word.startsWith('/')) return word;
  const inside = relative(current, word);
  if (inside.startsWith('..') || inside === '') return word;
  const moved = join(directory, inside);
  return (await os.stat(moved)).ok ? moved : word;
}
