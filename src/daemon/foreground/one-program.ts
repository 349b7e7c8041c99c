import { EXIT, ReloadctlError } from '../../base/errors.ts';
import type { Result } from '../../base/result.ts';
import type { ConfigError } from '../../config/config-error.ts';
import { thisHost } from '../../config/host.ts';
import { understandDocument } from '../../config/load-configuration.ts';
import type { Configuration, Program } from '../../config/program.ts';
import { documentOf } from '../../config/text/document.ts';

/** A program that no configuration file speaks of. */
export interface OneProgram {
  /** Its name, and that of its group. */
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  /** Where it is started: a symlink in it is followed at each start. */
  readonly directory: string;
  /** A value of stopsignal; undefined: TERM. */
  readonly stopSignal: string | undefined;
  /** A value of stopwaitsecs; undefined: as long as the program itself says, or supervisord's 10. */
  readonly stopWait: string | undefined;
  /** Values of [reloadctl:NAME]. */
  readonly type: string | undefined;
  readonly reloadSignal: string | undefined;
  readonly socket: string | undefined;
  /** The supervisor's variables that we have been given, which are the program's. */
  readonly environment: Readonly<Record<string, string>>;
  /** The unix socket on which it can be controlled. */
  readonly controlSocket: string | undefined;
}

/** There is no such file, and can be none. */
const FILE = '/dev/null/run.conf';

/** What the command line says in the words of a configuration file. */
const OPTIONS = [
  {
    from: 'stopSignal',
    flag: '--stop-signal',
    wrong: 'there is no such signal',
    hint: 'Write TERM, QUIT, INT, HUP, KILL, USR1 or USR2.',
  },
  {
    from: 'stopWait',
    flag: '--stop-wait',
    wrong: 'not a number of seconds',
    hint: 'Write a whole number of seconds, such as 30.',
  },
  {
    from: 'reloadSignal',
    flag: '--reload-signal',
    wrong: 'not a signal that could reload anything',
    hint: 'Write HUP, USR1, USR2 or another one that the program catches.',
  },
  {
    from: 'socket',
    flag: '--socket',
    wrong: 'not an address',
    hint: 'Write HOST:PORT or unix:/path, several with commas in between, or off.',
  },
] as const;

/**
 * The configuration of one program in the foreground: never started by itself, never again, its output left alone. Throws a ReloadctlError
 * 'usage' for a value that a configuration file could not have either.
 */
export function configureOneProgram(one: OneProgram): Configuration {
  for (const option of OPTIONS) {
    const value = one[option.from];
    if (value === undefined || read(one, { [option.from]: value }).ok) continue;
    throw new ReloadctlError(`${option.flag} ${value}: ${option.wrong}`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: option.hint,
    });
  }
  const configuration = read(one, one);
  if (!configuration.ok) throw new Error(`Internal error: ${configuration.error.message}`);
  const { controlSocket } = one;
  return {
    ...configuration.value,
    groups: configuration.value.groups.map((group) => ({
      ...group,
      name: one.name,
      programs: group.programs.map((program) => become(program, one)),
    })),
    httpServers: configuration.value.httpServers.map((server) =>
      server.kind === 'unix' && controlSocket !== undefined
        ? { ...server, file: controlSocket }
        : server,
    ),
  };
}

/** What is not written into the text needs no quoting of the file's own. */
function become(program: Program, { name, words, directory, environment }: OneProgram): Program {
  return {
    ...program,
    name,
    group: name,
    section: name,
    command: words.map(quote).join(' '),
    directory,
    environment,
    serverurl: '',
  };
}

/** As splitCommand takes it. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

function read(
  { controlSocket }: Pick<OneProgram, 'controlSocket'>,
  { stopSignal, stopWait, socket, type, reloadSignal }: Partial<OneProgram>,
): Result<Configuration, ConfigError> {
  const document = documentOf(FILE, {
    supervisord: { nodaemon: 'true', logfile: '/dev/null' },
    'rpcinterface:supervisor': {
      'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface',
    },
    ...(controlSocket === undefined ? {} : { unix_http_server: { file: '/run.sock' } }),
    'program:it': {
      ...{ command: 'it', autostart: 'false', autorestart: 'false' },
      ...{ startsecs: '0', startretries: '0', stdout_logfile: 'NONE', stderr_logfile: 'NONE' },
      stopsignal: verbatim(stopSignal),
      stopwaitsecs: verbatim(stopWait),
    },
    'reloadctl:it': {
      socket: verbatim(socket),
      type: verbatim(type),
      reload_signal: verbatim(reloadSignal),
    },
  });
  return understandDocument(document, thisHost());
}

/** A value in which no %(name)s is filled in. */
function verbatim(value: string | undefined): string | undefined {
  return value?.replaceAll('%', '%%');
}
