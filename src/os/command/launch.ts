import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import type { Credentials } from '../credentials.ts';
import type { CommandRequest } from '../os.ts';

/** What `spawn` has to be called with so that a request comes out as asked. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Node's own change of user, which leaves the process without supplementary groups. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Lines of a shell that the launched one reads from {@link ENVIRONMENT_FD}. */
  readonly feed: string | undefined;
}

/** What a launch depends on. */
export interface LaunchTools {
  /** Our own user id. */
  readonly uid: number;
  /** The path of util-linux's setpriv(1). */
  readonly setpriv: string | undefined;
  /** Whether it has --pdeathsig: in util-linux 2.33 and later. */
  readonly knowsDeathSignal: boolean;
}

/** `$0` of the shell that stands in front of a command; its messages begin with it. */
const SHELL_NAME = 'reloadctl-launch';

/** A listening socket for the command (sd_listen_fds(3)). */
const LISTENING_FD = 3;

/** The shell waits until this is closed; the socket has its final name by then. */
export const BARRIER_FD = 4;

/** Where the shell reads the environment from, since everybody can read a command line. */
export const ENVIRONMENT_FD = 5;

/** In force while we are still ourselves. */
const OUR_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Puts in front of the command what makes it run as asked. Everything is exec'ed, so the pid stays the same from `spawn` on.
 * - Another user: `setpriv` in an environment and a directory of ours, and then, as that user, a shell that takes the request's: a loader or
 *   a library that somebody chose must not run before. Without setpriv Node changes user and group only.
 * - To end with us: `setpriv` too, after the change of user, which would clear the signal (PR_SET_PDEATHSIG of prctl(2)).
 * - A socket to listen on: a shell, since LISTEN_PID has to be the pid. A shell would also set PWD and OLDPWD; they get back what
 *   the request says. Variables whose names are no shell identifiers ("a.b") are dropped by some shells.
 */
export function planLaunch(request: CommandRequest, tools: LaunchTools): Launch {
  const { rights } = request;
  if (rights === 'nobody') throw new Error('Internal error: nobody runs anything');
  return rights === 'ours' || rights.uid === tools.uid
    ? launchAsOurselves(request, tools)
    : launchAsUser(request, rights, tools);
}

function launchAsOurselves(request: CommandRequest, tools: LaunchTools): Launch {
  const isListening = request.listenOn !== undefined;
  const command = [...(isListening ? listenPrefix(request.env) : []), ...request.argv];
  const dying = dyingOptions(request, tools);
  const words =
    tools.setpriv === undefined || dying.length === 0
      ? command
      : [tools.setpriv, ...dying, '--', ...command];
  const env = isListening ? { ...request.env, LISTEN_FDS: '1' } : request.env;
  return { ...toWords(words), cwd: request.cwd, env, user: undefined, feed: undefined };
}

function launchAsUser(request: CommandRequest, user: Credentials, tools: LaunchTools): Launch {
  const { cwd, argv, listenOn } = request;
  const env = listenOn === undefined ? request.env : { ...request.env, LISTEN_FDS: '1' };
  const lines = [
    'cd -P -- "$1" || exit 126',
    'shift',
    'reloadctl_env=',
    'while IFS= read -r reloadctl_line; do reloadctl_env="$reloadctl_env$reloadctl_line',
    `"; done <&${ENVIRONMENT_FD}`,
    `exec ${ENVIRONMENT_FD}<&-`,
    'eval "$reloadctl_env"',
    'unset reloadctl_env reloadctl_line',
    ...(listenOn === undefined
      ? [`exec ${LISTENING_FD}<&- ${BARRIER_FD}<&-`]
      : [...WAIT_FOR_SOCKET, 'LISTEN_PID=$$', 'export LISTEN_PID']),
    'exec "$@"',
  ];
  const shell = ['/bin/sh', '-c', lines.join('\n'), SHELL_NAME, cwd ?? '/'];
  const restored = Object.entries(env).filter(([name]) => OF_SHELLS.has(name));
  const before = restored.length === 0 ? [] : ['env', ...restored.map((pair) => pair.join('='))];
  const words =
    tools.setpriv === undefined
      ? []
      : [tools.setpriv, ...becomeUser(user), ...dyingOptions(request, tools), '--'];
  return {
    ...toWords([...words, ...shell, ...before, ...argv]),
    cwd: '/',
    env: { ...OUR_ENVIRONMENT, ...withoutIdentifiers(env) },
    user: tools.setpriv === undefined ? { uid: user.uid, gid: user.gid } : undefined,
    feed: exportsOf(env),
  };
}

const WAIT_FOR_SOCKET = [`read -r LISTEN_PID <&${BARRIER_FD}`, `exec ${BARRIER_FD}<&-`];

/** bash has these for itself and fails where they are set; they hold no secrets. */
const OF_SHELLS: ReadonlySet<string> = new Set([
  'UID',
  'EUID',
  'PPID',
  'SHELLOPTS',
  'BASHOPTS',
  'BASH_VERSINFO',
]);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a shell cannot export, and neither a loader nor a library looks for. */
function withoutIdentifiers(env: Launch['env']): Launch['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !IDENTIFIER.test(name)));
}

/** Lines of a shell that make its environment `env`, and nothing else. */
function exportsOf(env: Launch['env']): string {
  const entries = Object.entries(env).filter(
    ([name]) => IDENTIFIER.test(name) && !OF_SHELLS.has(name),
  );
  const unset = ['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].filter((name) => env[name] === undefined);
  return [
    `unset ${unset.join(' ')} RELOADCTL_NOTHING`,
    ...entries.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`),
    '',
  ].join('\n');
}

function becomeUser({ uid, gid, groups }: Credentials): readonly string[] {
  const supplementary = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return [`--reuid=${uid}`, `--regid=${gid}`, supplementary];
}

function dyingOptions(
  { endsWithUs }: Pick<CommandRequest, 'endsWithUs'>,
  { knowsDeathSignal }: LaunchTools,
): readonly string[] {
  return endsWithUs === true && knowsDeathSignal ? ['--pdeathsig=TERM'] : [];
}

/**
 * What setpriv or our shell said about a command that they could not run; undefined when it was the
 * command itself that ended with this exit code.
 */
export function launchFailure(
  launch: Launch,
  code: number | undefined,
  stderr: string,
): string | undefined {
  if (code !== 126 && code !== 127) return undefined;
  const names = [
    ...(launch.file.endsWith('/setpriv') ? ['setpriv: '] : []),
    ...(launch.args.includes(SHELL_NAME) ? [`${SHELL_NAME}: `] : []),
  ];
  return names.some((name) => stderr.startsWith(name)) ? stderr.trim() : undefined;
}

/** The path of util-linux's setpriv; that of busybox cannot change the user. */
export function findSetpriv(): string | undefined {
  return ['/usr/bin/setpriv', '/bin/setpriv'].find(
    (path) => existsSync(path) && !realpathSync(path).endsWith('/busybox'),
  );
}

let deathSignal: Promise<boolean> | undefined;

/** Whether this setpriv can have a command end with its parent; asked once. */
export function knowsDeathSignal(setpriv: string): Promise<boolean> {
  deathSignal ??= new Promise((resolve) => {
    execFile(setpriv, ['--pdeathsig=TERM', '--', 'true'], { timeout: 5000 }, (error) => {
      resolve(error === null);
    });
  });
  return deathSignal;
}

function listenPrefix(env: CommandRequest['env']): readonly string[] {
  const restored = ['PWD', 'OLDPWD'].map((name) => ({ name, value: env[name] }));
  const lines = [
    ...WAIT_FOR_SOCKET,
    'LISTEN_PID=$$',
    'export LISTEN_PID',
    ...restored.map(({ name, value }) =>
      value === undefined ? `unset ${name}` : `${name}=$1; export ${name}; shift`,
    ),
    'exec "$@"',
  ];
  const values = restored.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return ['/bin/sh', '-c', lines.join('\n'), SHELL_NAME, ...values];
}

function toWords([file = '', ...args]: readonly string[]): Pick<Launch, 'file' | 'args'> {
  return { file, args };
}
