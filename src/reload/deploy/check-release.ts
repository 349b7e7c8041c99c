import type { Files } from '../../os/files.ts';
import { canActAs } from '../../os/credentials.ts';
import type { Os } from '../../os/os.ts';
import type { Proc } from '../../os/proc.ts';
import { gunicornOf, knownOf, type GunicornFacts, type ReloadOptions } from '../../policy/facts.ts';
import { limitBoot } from '../../policy/limits.ts';
import { checkSteps } from '../../policy/plan-native.ts';
import { bootAside, stepId } from '../../policy/steps.ts';
import {
  environmentToBoot,
  findCommand,
  mayRunConfigured,
  nameOfRights,
} from '../../servers/boot-context.ts';
import type { GunicornCommandLine } from '../../servers/gunicorn/command-line.ts';
import { gunicorn } from '../../servers/gunicorn/gunicorn.ts';
import { rightsOfNextStart, workingDirectoryOf, type CodeCheck } from '../check-code.ts';
import { provenProc } from '../claimed-process.ts';
import type { Gathered } from '../gather-facts.ts';
import type { Target } from '../target.ts';
import {
  afterMove,
  environmentAfterMove,
  programAfterMove,
  replacePath,
  type ReleasePlace,
} from './release-place.ts';

/**
 * How to boot aside what a program's next start would load once the link has moved: its command, directory, interpreter and environment with the
 * release in the place of the link. Undefined where that cannot be done aside.
 */
export async function prepareReleaseCheck(
  os: Os,
  target: Extract<Target, { kind: 'supervised' }>,
  gathered: Gathered,
  options: ReloadOptions,
  place: ReleasePlace,
): Promise<(CodeCheck & { readonly python?: string }) | undefined> {
  const { server } = gathered.facts;
  const known = knownOf(gathered.facts);
  if (known !== undefined) return checkKnown(os, gathered, options, place);
  const running = gunicornOf(gathered.facts);
  if (running === undefined && server.type !== 'none') return undefined;
  const boot = await bootOf(os, target, gathered, running, place);
  if (boot === undefined) return undefined;
  const { command, ...preflight } = boot;
  const { cwd, context } = preflight;
  const user = nameOfRights(context.rights);
  const step =
    running === undefined
      ? undefined
      : bootAside(
          { ...running, preflight: { command, cwd, user, environment: boot.environment } },
          options,
          [],
        )[0];
  if (running !== undefined && step?.do === 'preflight') {
    return {
      python: command.python,
      serverType: gunicorn.name,
      context,
      step: { ...step, id: stepId('check') },
      canary: {
        server: running.server,
        hasControlSocket: gathered.settings?.controlSocket !== undefined,
        healthHeaders: options.healthHeaders,
      },
    };
  }
  return {
    serverType: gunicorn.name,
    context,
    step: {
      id: stepId('check'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: [...command.launcher, ...command.args],
      cwd,
      user,
      environment: boot.environment,
      steadyMs: 0,
      limit: limitBoot(gathered.settings, options),
    },
  };
}

type Boot = Pick<CodeCheck, 'context'> & {
  readonly command: GunicornCommandLine;
  readonly cwd: string | undefined;
  readonly environment: 'live-process' | 'configuration';
};

/** How the release's gunicorn is started; undefined where that is not known, or must not be done. */
async function bootOf(
  os: Os,
  { program }: Extract<Target, { kind: 'supervised' }>,
  gathered: Gathered,
  running: GunicornFacts | undefined,
  place: ReleasePlace,
): Promise<Boot | undefined> {
  if (program === undefined) return undefined;
  const offered = programAfterMove(program, place);
  const supervisorProc = provenProc(gathered.known);
  const rights =
    gathered.preflightContext?.rights ?? (await rightsOfNextStart(os, program, supervisorProc));
  if (!canActAs(rights, os.me)) return undefined;
  const master: Proc | undefined =
    running === undefined ? undefined : await os.process(running.master.pid);
  const asked = { program: offered, supervisorProc, startsAnew: true } as const;
  const environment = await environmentToBoot(os, asked, master, rights);
  const env = environmentAfterMove(environment.value, place);
  const command = (await mayRunConfigured(os, program, rights))
    ? await findCommand(os, { program: offered }, undefined, env, rights)
    : undefined;
  const live = running?.preflight?.command;
  const files = os.files(rights);
  const found =
    command ??
    (live === undefined
      ? undefined
      : {
          python: await moveLive(files, live.python, place),
          launcher: await moveAll(files, live.launcher, place),
          args: await moveAll(files, live.args, place),
        });
  if (found === undefined) return undefined;
  const now =
    gathered.preflightContext?.cwd ??
    (supervisorProc === undefined ? undefined : await workingDirectoryOf(os, supervisorProc));
  const cwd =
    offered.directory ?? (now === undefined ? undefined : await moveLive(files, now, place));
  return {
    command: found,
    cwd,
    environment: environment.source,
    context: { cwd, env: { ...env, ...(cwd === undefined ? {} : { PWD: cwd }) }, rights },
  };
}

/** The server's own check, looking at the release. */
async function checkKnown(
  os: Os,
  { facts, preflightContext: context }: Gathered,
  options: ReloadOptions,
  place: ReleasePlace,
): Promise<CodeCheck | undefined> {
  const server = knownOf(facts);
  if (server === undefined || context === undefined) return undefined;
  const step = checkSteps(server, options).find((each) => each.do === 'preflight');
  // What the server has told of its settings is that of the release where it runs.
  if (step === undefined || server.live.settings.size > 0) return undefined;
  const files = os.files(context.rights);
  const argv = await moveAll(files, step.argv, place);
  const cwd = step.cwd === undefined ? undefined : await moveLive(files, step.cwd, place);
  const env = environmentAfterMove(context.env, place);
  return {
    serverType: server.server.type.name,
    context: { ...context, cwd, env: { ...env, ...(cwd === undefined ? {} : { PWD: cwd }) } },
    step: { ...step, id: stepId('check'), argv, cwd },
  };
}

const moveAll = (
  files: Pick<Files, 'stat'>,
  words: readonly string[],
  place: ReleasePlace,
): Promise<readonly string[]> => Promise.all(words.map((word) => moveLive(files, word, place)));

/** A word of what runs: what lies in the release before, where the new one has it too. */
async function moveLive(
  files: Pick<Files, 'stat'>,
  word: string,
  place: ReleasePlace,
): Promise<string> {
  const byLink = afterMove(word, place);
  if (byLink !== word) return byLink;
  const moved = replacePath(word, place.from, place.to);
  const path = moved.slice(moved.indexOf(place.to));
  return moved !== word && (await files.stat(path)).ok ? moved : word;
}
