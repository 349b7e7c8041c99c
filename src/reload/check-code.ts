import { join, relative } from 'node:path';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Program } from '../config/program.ts';
import type { Files } from '../os/files.ts';
import type { Os } from '../os/os.ts';
import type { Proc } from '../os/proc.ts';
import { gunicornOf, knownOf, type KnownServerFacts, type ReloadOptions } from '../policy/facts.ts';
import { limitBoot } from '../policy/limits.ts';
import { checkSteps } from '../policy/plan-native.ts';
import type { Step } from '../policy/plan.ts';
import { stepId } from '../policy/steps.ts';
import type { GunicornCommandLine } from '../servers/gunicorn/command-line.ts';
import { gunicorn } from '../servers/gunicorn/gunicorn.ts';
import type { GunicornContext } from '../servers/gunicorn/settings.ts';
import type { ResolvedType } from '../servers/resolve-type.ts';
import { provenProc } from './claimed-process.ts';
import { canActAs, type Rights } from '../os/credentials.ts';
import {
  findCommand,
  mayRunConfigured,
  nameOfRights,
  environmentToBoot,
  rightsOfProcess,
} from '../servers/boot-context.ts';
import type { Gathered } from './gather-facts.ts';
import type { Target } from './target.ts';

/** How the code of a target is booted aside. */
export interface CodeCheck {
  /** The name of the type. */
  readonly serverType: string;
  readonly step: PreflightStep;
  readonly context: GunicornContext;
  /** What watches a canary. */
  readonly canary?: {
    readonly server: ResolvedType;
    readonly hasControlSocket: boolean;
    readonly healthHeaders: ReloadOptions['healthHeaders'];
  };
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
  const known = knownOf(gathered.facts);
  if (known !== undefined) return checkKnown(os, target, known, gathered, options, directory);
  const live = gunicornOf(gathered.facts)?.preflight;
  const context = gathered.preflightContext ?? (await contextOf(os, target, gathered.known));
  const command =
    live?.command ?? (await findCommand(os, { program }, undefined, context.env, context.rights));
  if (command === undefined) {
    throw new ReloadctlError(`${target.label}: how to check its code is not known`, {
      code: 'refused',
      exitCode: EXIT.failed,
      hint: 'Name gunicorn in the command, or start the program: what a server needs for its check is seen when it runs.',
    });
  }
  const current = program?.directory ?? context.cwd;
  if (!canActAs(context.rights, os.me)) {
    const who = nameOfRights(context.rights);
    throw new ReloadctlError(
      `${target.label}: its code is not booted aside: ${
        who === undefined
          ? 'as whom it would run cannot be told'
          : `it runs as ${who}, and only root and that user may do so`
      }`,
      {
        code: 'refused',
        exitCode: EXIT.failed,
        hint: 'Run this as root or as the user of the program; where it does not run, give it a user= in the configuration.',
      },
    );
  }
  if (
    program !== undefined &&
    live === undefined &&
    !(await mayRunConfigured(os, program, context.rights))
  ) {
    throw new ReloadctlError(
      `${target.label}: its code is not booted aside as ${nameOfRights(context.rights) ?? 'ourselves'}: others can write ${program.position.file}, which names it`,
      {
        code: 'refused',
        exitCode: EXIT.failed,
        hint: 'Let only root, or the user of the program, write the configuration and its directories.',
      },
    );
  }
  const moved =
    directory === undefined
      ? { command, context }
      : await moveTo(os, directory, current, command, context);
  return {
    serverType: gunicorn.name,
    context: moved.context,
    step: {
      id: stepId('check'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: [...moved.command.launcher, ...moved.command.args],
      cwd: moved.context.cwd,
      user: nameOfRights(moved.context.rights),
      environment: live?.environment ?? 'configuration',
      steadyMs: 0,
      limit: limitBoot(gathered.settings, options),
    },
  };
}

async function checkKnown(
  os: Os,
  { label }: Target,
  server: KnownServerFacts,
  { preflightContext: context }: Gathered,
  options: ReloadOptions,
  directory: string | undefined,
): Promise<CodeCheck> {
  const { title, name } = server.server.type;
  const refuse = (message: string, hint: string): ReloadctlError =>
    new ReloadctlError(`${label}: ${message}`, { code: 'refused', exitCode: EXIT.failed, hint });
  const step = checkSteps(server, options).find((each) => each.do === 'preflight');
  if (step === undefined || context === undefined) {
    throw refuse(
      `${title} cannot be checked aside`,
      'It has no check, or only root and the user of its master may run it.',
    );
  }
  if (directory === undefined) {
    return { serverType: name, context, step: { ...step, id: stepId('check') } };
  }
  await demandDirectory(os, directory);
  // What the server itself has told of its settings is that of the release where it runs.
  if (server.live.settings.size > 0) {
    throw refuse(
      `${title} is checked with the settings of its own directory`,
      'Leave --directory out.',
    );
  }
  const { place } = server;
  const files = os.files(context.rights);
  const argv = await Promise.all(
    step.argv.map((word) =>
      moveWord(files, word, [place.directory, place.directoryNow], directory),
    ),
  );
  return {
    serverType: name,
    context: { ...context, cwd: directory, env: { ...context.env, PWD: directory } },
    step: { ...step, id: stepId('check'), argv, cwd: directory },
  };
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
  const rights = await rightsOfStart(os, program, supervisorProc);
  if (!canActAs(rights, os.me) || !(await mayRunConfigured(os, program, rights))) return undefined;
  const environment = await environmentToBoot(
    os,
    { program, supervisorProc, startsAnew: true },
    running,
    rights,
  );
  const command = await findCommand(os, { program }, undefined, environment.value, rights);
  if (command === undefined) return undefined;
  const cwd = program.directory ?? (await workingDirectoryOf(os, supervisorProc));
  return {
    serverType: gunicorn.name,
    context: { cwd, env: environment.value, rights },
    step: {
      id: stepId('check'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: [...command.launcher, ...command.args],
      cwd,
      user: nameOfRights(rights),
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

/** Where a process works. */
export async function workingDirectoryOf(os: Os, proc: Proc): Promise<string | undefined> {
  const cwd = await os.cwd(proc);
  return cwd.ok ? cwd.value : undefined;
}

/** With whose rights a supervisor would start a program: those of its `user`, else its own. */
async function rightsOfStart(
  os: Os,
  { user }: Pick<Program, 'user'>,
  supervisorProc: Proc,
): Promise<Rights> {
  return user === undefined ? rightsOfProcess(os, supervisorProc) : os.rightsOf(user);
}

/**
 * Of a program that does not run. It would be started as its `user`, or as whom its supervisor runs; where root cannot see who that is, as
 * nobody.
 */
async function contextOf(
  os: Os,
  target: Target,
  known: Gathered['known'],
): Promise<GunicornContext> {
  const program = target.kind === 'supervised' ? target.program : undefined;
  const supervisorProc = provenProc(known);
  const rights = await rightsOfNextStart(os, program, supervisorProc);
  const environment = await environmentToBoot(os, { program, supervisorProc }, undefined, rights);
  const cwd =
    program?.directory ??
    (supervisorProc === undefined ? undefined : await workingDirectoryOf(os, supervisorProc));
  // Never where we happen to be: a server takes its settings from files there.
  return { cwd: cwd ?? '/', env: environment.value, rights };
}

/** With whose rights a program that does not run would be started. */
export async function rightsOfNextStart(
  os: Os,
  program: Program | undefined,
  supervisorProc: Proc | undefined,
): Promise<Rights> {
  if (program !== undefined && supervisorProc !== undefined) {
    return rightsOfStart(os, program, supervisorProc);
  }
  if (program?.user !== undefined) return os.rightsOf(program.user);
  return os.me.uid === 0 ? 'nobody' : 'ours';
}

/** The same command in another release: its directory, and what of the command lies inside the present one. */
async function moveTo(
  os: Os,
  directory: string,
  current: string | undefined,
  command: GunicornCommandLine,
  context: GunicornContext,
): Promise<{ readonly command: GunicornCommandLine; readonly context: GunicornContext }> {
  await demandDirectory(os, directory);
  // What is executed may name the release itself where the configuration names a link to it.
  const real = current === undefined ? undefined : await os.files('ours').realpath(current);
  const present = [current, real?.ok === true ? real.value : undefined];
  const launcher = await Promise.all(
    command.launcher.map((word) => moveWord(os.files(context.rights), word, present, directory)),
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
  files: Pick<Files, 'stat'>,
  word: string,
  present: ReadonlyArray<string | undefined>,
  directory: string,
): Promise<string> {
  if (!word.startsWith('/')) return word;
  for (const current of present) {
    const inside = current === undefined ? '' : relative(current, word);
    if (inside.startsWith('..') || inside === '') continue;
    const moved = join(directory, inside);
    if ((await files.stat(moved)).ok) return moved;
  }
  return word;
}

async function demandDirectory(os: Os, directory: string): Promise<void> {
  const stat = await os.files('ours').stat(directory);
  if (stat.ok && stat.value.kind === 'directory') return;
  throw new ReloadctlError(`--directory ${directory}: not a directory that can be entered`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: 'Name the directory of the release that is to be checked.',
  });
}
