import { join } from 'node:path';
import type { Program } from '../config/program.ts';
import { splitCommand } from '../config/split-command.ts';
import type { Files } from '../os/files.ts';
import type { Rights } from '../os/credentials.ts';
import type { Os } from '../os/os.ts';
import { isWrittenOnlyBy } from '../os/path-writers.ts';
import type { Proc, ProcId } from '../os/proc.ts';
import type { CheckFacts } from './running-server.ts';
import {
  parseGunicornArgv,
  parseGunicornScript,
  type GunicornCommandLine,
} from './gunicorn/command-line.ts';

/** What gathering needs to know of the program. */
export interface ServerTarget {
  readonly program: Program | undefined;
  /** The process that the supervisor started; the master itself for a bare process. */
  readonly root: Proc;
  /** supervisord, whose environment a program inherits. */
  readonly supervisorProc: Proc | undefined;
  /** The next boot is not by the master that runs, but a start of its own, as the configuration says. */
  readonly startsAnew: boolean;
}

/** The live argv, which a wrapper cannot hide; where setproctitle overwrote it, the configured command. */
export async function findCommand(
  os: Os,
  { program, startsAnew = false }: Pick<ServerTarget, 'program'> & Partial<ServerTarget>,
  master: Proc | undefined,
  environment: Readonly<Record<string, string>>,
  rights: Rights,
): Promise<GunicornCommandLine | undefined> {
  const configured = await findConfigured(
    os,
    startsAnew ? program : undefined,
    environment,
    rights,
  );
  if (configured !== undefined) return configured;
  const argv = master === undefined ? undefined : await os.argv(master);
  const live = argv?.ok === true ? parseGunicornArgv(argv.value) : undefined;
  return live ?? findConfigured(os, program, environment, rights);
}

async function findConfigured(
  os: Os,
  program: Program | undefined,
  environment: Readonly<Record<string, string>>,
  rights: Rights,
): Promise<GunicornCommandLine | undefined> {
  if (program === undefined) return undefined;
  const words = splitCommand(program.command);
  if (!words.ok) return undefined;
  const [script, ...args] = words.value;
  if (script === undefined) return undefined;
  return (
    parseGunicornArgv(words.value) ??
    (await readScript(os.files(rights), script, args, environment.PATH ?? ''))
  );
}

async function readScript(
  files: Files,
  script: string,
  args: readonly string[],
  path: string,
): Promise<GunicornCommandLine | undefined> {
  const candidates = script.includes('/')
    ? [script]
    : path.split(':').map((directory) => join(directory, script));
  for (const candidate of candidates) {
    const head = await files.readFile(candidate, 1024);
    if (head.ok) return parseGunicornScript(candidate, head.value, args);
  }
  return undefined;
}

/** Variables that belong to one process and must not be handed to another one. */
const PERSONAL = [
  'GUNICORN_PID',
  'GUNICORN_FD',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  // What a HAProxy master leaves for its own execution: with it, `haproxy -c` does not look at the configuration.
  'HAPROXY_CLI',
  'HAPROXY_MWORKER',
  'HAPROXY_MWORKER_REEXEC',
  'HAPROXY_MWORKER_WAIT_ONLY',
  'HAPROXY_PROCESSES',
  // Listening sockets that a php-fpm master leaves for its own execution.
  'FPM_SOCKETS',
];

function withoutPersonal(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !PERSONAL.includes(name)),
  );
}

/**
 * The environment of the live master, else what the supervisor would give. setproctitle overwrites the live one with zeros or its title:
 * a block without PATH is taken for overwritten.
 */
export async function environmentToBoot(
  os: Os,
  {
    program,
    supervisorProc,
    startsAnew = false,
  }: Pick<ServerTarget, 'program' | 'supervisorProc'> & Partial<ServerTarget>,
  master: Proc | undefined,
  rights: Rights,
): Promise<{
  readonly value: Readonly<Record<string, string>>;
  readonly source: CheckFacts['environment'];
}> {
  const live = master === undefined ? undefined : await os.environment(master);
  const isLive = live?.ok === true && live.value.PATH !== undefined;
  if (isLive && !(startsAnew && supervisorProc !== undefined && program !== undefined)) {
    return { value: withoutPersonal(live.value), source: 'live-process' };
  }
  const inherited = supervisorProc === undefined ? undefined : await os.environment(supervisorProc);
  // What the supervisor says of itself to its programs.
  const given = isLive
    ? Object.fromEntries(
        Object.entries(live.value).filter(([name]) => name.startsWith('SUPERVISOR_')),
      )
    : {};
  // What we have been given is nobody else's business.
  const otherwise = rights === 'ours' ? ownEnvironment() : BARE_ENVIRONMENT;
  const base = inherited?.ok === true ? inherited.value : otherwise;
  return {
    value: withoutPersonal({ ...base, ...given, ...program?.environment }),
    source: 'configuration',
  };
}

const BARE_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** Our own environment. */
export function ownEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** With whose rights a process runs; 'nobody' where that cannot be told. */
export async function rightsOfProcess(
  os: Pick<Os, 'credentials'>,
  id: ProcId | undefined,
): Promise<Rights> {
  const reading = id === undefined ? undefined : await os.credentials(id);
  return reading?.ok === true ? reading.value : 'nobody';
}

/**
 * Whether what the configuration names may be executed with `rights`: where nobody else than root and who has them can write the file that
 * names it.
 */
export async function mayRunConfigured(
  os: Pick<Os, 'me' | 'pathWriters'>,
  program: Program,
  rights: Rights,
): Promise<boolean> {
  if (rights === 'nobody') return false;
  const { uid } = rights === 'ours' ? os.me : rights;
  return isWrittenOnlyBy(await os.pathWriters(program.position.file), [uid]);
}

/** For people; undefined: ourselves. */
export function nameOfRights(rights: Rights): string | undefined {
  return typeof rights === 'string' ? undefined : rights.name;
}
