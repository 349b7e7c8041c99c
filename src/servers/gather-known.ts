import { isMissing } from './is-missing.ts';
import { splitCommand } from '../config/split-command.ts';
import type { Os } from '../os/os.ts';
import type { CheckFacts, KnownServerFacts } from './running-server.ts';
import type { GunicornContext } from './gunicorn/settings.ts';
import type { LiveServer } from './live-process.ts';
import { ServerObserver } from './observe-server.ts';
import type { ServerSearch } from './recognise.ts';
import { resolveType } from './resolve-type.ts';
import type { AskAside, ServerType } from './server-type.ts';
import { canActAs } from '../os/credentials.ts';
import {
  nameOfRights,
  environmentToBoot,
  rightsOfProcess,
  type ServerTarget,
} from './boot-context.ts';

/** Everything known of a server that is reloaded by its own means. */
export interface GatheredKnown {
  readonly facts: KnownServerFacts;
  /** Where and as whom the server's own check runs. */
  readonly context: GunicornContext;
}

/** A command that only prints something takes a moment; on a machine under load some seconds. */
const ASK_MS = 15_000;

const MAX_OUTPUT_BYTES = 256 * 1024;

/** Looks at such a server from every side. */
export async function gatherKnown(
  os: Os,
  target: ServerTarget,
  search: Extract<ServerSearch, { found: 'server' }>,
  abort: AbortSignal,
): Promise<GatheredKnown> {
  const { type } = search.server;
  const { proc } = search.live;
  const rights = await rightsOfProcess(os, proc);
  const environment = await environmentToBoot(os, target, proc, rights);
  const directory = target.program?.directory;
  const resolved = directory === undefined ? undefined : await os.files('ours').realpath(directory);
  const directoryNow = resolved?.ok === true ? resolved.value : undefined;
  // What is checked is what the next start would load, from where it would begin.
  const cwd = directoryNow ?? search.live.cwd;
  const context: GunicornContext = { cwd, env: environment.value, rights };
  const words = splitCommand(target.program?.command ?? '');
  const found = { ...search.live, command: words.ok ? words.value : [] };
  const live = await askServer(os, found, type, context, abort);
  const server = resolveType(type, live);
  const view = await new ServerObserver(os, server).look(proc);
  const mayCheck = canActAs(rights, os.me);
  return {
    context,
    facts: {
      type: 'running',
      reloads: 'by-itself',
      place: {
        directory,
        directoryNow,
        isGone: await isMissing(os, directory),
        masterCwd: search.live.cwd,
      },
      server,
      live,
      master: { pid: proc.pid, startTicks: proc.startTicks },
      maySignal: await os.maySignal(proc),
      workers: (view?.workers ?? []).map((worker) => ({
        pid: worker.proc.pid,
        startTicks: worker.proc.startTicks,
        ready: worker.ready,
      })),
      check: mayCheck ? describeCheck(type, live, context, environment.source) : undefined,
    },
  };
}

function describeCheck(
  type: ServerType,
  live: LiveServer,
  { cwd, rights }: GunicornContext,
  environment: CheckFacts['environment'],
): CheckFacts | undefined {
  const command = type.check?.command(live);
  return command === undefined
    ? undefined
    : { ...command, cwd, user: nameOfRights(rights), environment };
}

/** Has the server's own binary tell what only it knows. */
async function askServer(
  os: Os,
  live: LiveServer,
  type: ServerType,
  context: GunicornContext,
  abort: AbortSignal,
): Promise<LiveServer> {
  const ask: AskAside = async (argv) => {
    const result = await os.run({
      ...context,
      argv,
      timeoutMs: ASK_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      abort,
      endsWithUs: true,
    });
    return result.end === 'exit' && result.code === 0
      ? `${result.stdout}\n${result.stderr}`
      : undefined;
  };
  const version = await type.version?.(live, ask);
  const settings = await type.settings?.({ ...live, version }, ask);
  return { ...live, version, settings: settings ?? live.settings };
}
