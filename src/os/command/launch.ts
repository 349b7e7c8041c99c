import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import type { CommandRequest } from '../os.ts';

/** What `spawn` has to be called with so that a request comes out as asked. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Node's own change of user, which leaves the process without supplementary groups. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/** What a launch depends on. */
export interface LaunchTools {
  /** Our own user id. */
  readonly uid: number;
  /** The path of util-linux's setpriv(1). */
  readonly setpriv: string | undefined;
  /** Whether it has --pdeathsig: in util-linux 2.33 and later. */
  readonly knowsDeathSignal: boolean;
  /** Whether the user is in the user database, so that it has supplementary groups. */
  readonly userIsKnown: boolean;
}

/** `$0` of the shell that stands in front of a command; its messages begin with it. */
const SHELL_NAME = 'reloadctl-launch';

/** The shell waits until this is closed; by then the socket has its final name, see ListeningSocket. */
export const BARRIER_FD = 4;

/**
 * Puts in front of the command what makes it run as asked. Everything is exec'ed, so the pid stays the same from `spawn` on.
 * - Another user: `setpriv`, which sets the supplementary groups as well. Without it Node changes user and group only.
 *   When we already are that user nothing is changed, as in supervisord.
 * - To end with us: `setpriv` too, after the change of user, which would clear the signal (PR_SET_PDEATHSIG of prctl(2)).
 * - A socket to listen on: a shell, since LISTEN_PID has to be the pid. A shell would also set PWD and OLDPWD; they get back what
 *   the request says. Variables whose names are no shell identifiers ("a.b") are dropped by some shells.
 */
export function planLaunch(request: CommandRequest, tools: LaunchTools): Launch {
  const listening = request.listenOn === undefined ? undefined : listenPrefix(request.env);
  const command = [...(listening ?? []), ...request.argv];
  const env = listening === undefined ? request.env : { ...request.env, LISTEN_FDS: '1' };
  const user = request.user?.uid === tools.uid ? undefined : request.user;
  if (tools.setpriv === undefined) {
    return toLaunch(command, env, user && { uid: user.uid, gid: user.gid });
  }
  const endsWithUs = request.endsWithUs === true && tools.knowsDeathSignal;
  const options = [
    ...(user === undefined ? [] : becomeUser(user, tools.userIsKnown)),
    ...(endsWithUs ? ['--pdeathsig=TERM'] : []),
  ];
  if (options.length === 0) return toLaunch(command, env, undefined);
  return toLaunch([tools.setpriv, ...options, '--', ...command], env, undefined);
}

function becomeUser(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  isKnown: boolean,
): readonly string[] {
  const groups = isKnown ? '--init-groups' : '--clear-groups';
  return [`--reuid=${uid}`, `--regid=${gid}`, groups];
}

/**
 * The words of setpriv or of our shell about a command that they could not run, from the child's exit code and stderr; undefined
 * when it was the command itself that ended so.
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
    `read -r LISTEN_PID <&${BARRIER_FD}`,
    `exec ${BARRIER_FD}<&-`,
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

function toLaunch(
  [file = '', ...args]: readonly string[],
  env: Launch['env'],
  user: Launch['user'],
): Launch {
  return { file, args, env, user };
}
