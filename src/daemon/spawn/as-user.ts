import type { Credentials } from '../../os/credentials.ts';

/** What stands before a command, and what goes with it. */
export interface Preparation {
  readonly words: readonly string[];
  /** The environment with which the first word is executed. */
  readonly env: Readonly<Record<string, string>>;
  /** Lines of a shell that the launched one reads from the descriptor after those of the command. */
  readonly feed: Buffer | undefined;
}

/** What is to be in force when the command begins. */
export interface Wanted {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** How many descriptors it has. */
  readonly fds: number;
  readonly tellsSockets: boolean;
  /** The soft limit of descriptors; undefined: ours. */
  readonly softFiles: number | undefined;
  /** `NAME=value` of variables that are no UTF-8, which are not in `env`. */
  readonly rawVariables: readonly Buffer[];
}

/** `$0` of the shell that stands in front of a command: its messages are those of the supervisor, as supervisord's own. */
const SHELL_NAME = 'supervisor';

/** In force while we are still root. */
const OUR_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** Shells have these for themselves, and change them or fail where they are set. */
const OF_SHELLS: ReadonlySet<string> = new Set([
  'UID',
  'EUID',
  'PPID',
  'IFS',
  'OPTIND',
  'OPTARG',
  'OPTERR',
  'RANDOM',
  'SECONDS',
  'GROUPS',
  'DIRSTACK',
  'FUNCNAME',
  'BASH',
  'PS1',
  'PS2',
  'PS4',
  'LINENO',
  'SHELLOPTS',
  'BASHOPTS',
  'BASH_VERSINFO',
  'BASH_VERSION',
  'POSIXLY_CORRECT',
]);

/** What a shell sets when it begins or enters a directory. */
const SET_BY_SHELLS = ['PWD', 'OLDPWD', 'SHLVL', '_'];

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What stands before a command of the user that the launched process is already: nothing, or a
 * shell that enters the directory with that user's rights, lowers the limit, and says LISTEN_PID,
 * which has to be the pid of the process that becomes the command (sd_listen_fds(3)).
 */
export function prepareAsUser(wanted: Wanted): Preparation {
  const { env, cwd, tellsSockets, softFiles, rawVariables, fds } = wanted;
  const isFed = rawVariables.length > 0 && fds <= HIGHEST_FEED_FD;
  if (cwd === undefined && !tellsSockets && softFiles === undefined && !isFed) {
    return { words: [], env, feed: undefined };
  }
  const lines = [
    ...entering(cwd),
    ...restoring(env),
    ...limiting(softFiles),
    ...(isFed ? fetching(fds) : []),
    ...listening(tellsSockets),
    'exec "$@"',
  ];
  return {
    words: [...shell(lines, cwd), ...valuesOf(env), ...kept(env)],
    env,
    feed: isFed ? rawExportsOf(rawVariables) : undefined,
  };
}

/**
 * As prepareAsUser, for somebody who is root still: setpriv(1) becomes the user in an environment of ours, and only then a shell of that user's
 * takes over the program's, which it reads from a descriptor: a command line can be read by everybody.
 */
export function prepareAsRoot(
  setpriv: string,
  { uid, gid, groups }: Credentials,
  options: readonly string[],
  { env, cwd, tellsSockets, fds, softFiles, rawVariables }: Wanted,
): Preparation {
  const supplementary = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  const lines = [
    ...entering(cwd),
    ...limiting(softFiles),
    ...fetching(fds),
    ...listening(tellsSockets),
    'exec "$@"',
  ];
  return {
    words: [
      setpriv,
      `--reuid=${uid}`,
      `--regid=${gid}`,
      supplementary,
      ...options,
      '--',
      ...shell(lines, cwd),
      ...kept(env),
    ],
    env: OUR_ENVIRONMENT,
    feed: Buffer.concat([Buffer.from(exportsOf(env)), rawExportsOf(rawVariables)]),
  };
}

/** A shell has no redirection of more than one digit. */
export const HIGHEST_FEED_FD = 9;

function shell(lines: readonly string[], cwd: string | undefined): readonly string[] {
  return ['/bin/sh', '-c', lines.join('\n'), SHELL_NAME, ...(cwd === undefined ? [] : [cwd])];
}

/** The words of supervisord for a directory that cannot be entered (supervisor/process.py, _spawn_as_child). */
function entering(cwd: string | undefined): readonly string[] {
  if (cwd === undefined) return [];
  return [
    'if ! CDPATH= cd -P -- "$1" 2>/dev/null; then',
    'if [ -d "$1" ]; then w=EACCES; elif [ -e "$1" ]; then w=ENOTDIR; else w=ENOENT; fi',
    `printf "${SHELL_NAME}: couldn't chdir to %s: %s\\n${SHELL_NAME}: child process was not spawned\\n" "$1" "$w" >&2`,
    'exit 127',
    'fi',
    'shift',
  ];
}

/** Takes over the lines that come by the descriptor. */
function fetching(fd: number): readonly string[] {
  return [
    'reloadctl_env=',
    'while IFS= read -r reloadctl_line; do reloadctl_env="$reloadctl_env$reloadctl_line',
    `"; done <&${fd}`,
    `exec ${fd}<&-`,
    'eval "$reloadctl_env"',
    'unset reloadctl_env reloadctl_line',
  ];
}

function limiting(softFiles: number | undefined): readonly string[] {
  return softFiles === undefined ? [] : [`ulimit -Sn ${softFiles}`];
}

function listening(tellsSockets: boolean): readonly string[] {
  return tellsSockets ? ['LISTEN_PID=$$', 'export LISTEN_PID'] : [];
}

function restoring(env: Wanted['env']): readonly string[] {
  return SET_BY_SHELLS.map((name) =>
    env[name] === undefined ? `unset ${name}` : `${name}=$1; export ${name}; shift`,
  );
}

function valuesOf(env: Wanted['env']): readonly string[] {
  return SET_BY_SHELLS.flatMap((name) => env[name] ?? []);
}

/** What no shell hands on: env(1) sets it again. */
function kept(env: Wanted['env']): readonly string[] {
  const lost = Object.entries(env).filter(
    ([name]) => !IDENTIFIER.test(name) || OF_SHELLS.has(name),
  );
  return lost.length === 0 ? [] : ['/usr/bin/env', ...lost.map((pair) => pair.join('='))];
}

/** Lines of a shell that make its environment `env`, and nothing else. */
function exportsOf(env: Wanted['env']): string {
  const entries = Object.entries(env).filter(
    ([name]) => IDENTIFIER.test(name) && !OF_SHELLS.has(name),
  );
  const unset = ['PATH', ...SET_BY_SHELLS].filter((name) => env[name] === undefined);
  return [
    ...(unset.length === 0 ? [] : [`unset ${unset.join(' ')}`]),
    ...entries.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`),
    '',
  ].join('\n');
}

/** As exportsOf, of bytes; what is no identifier env(1) sets, before the command. */
function rawExportsOf(variables: readonly Buffer[]): Buffer {
  const lines = variables.map((entry) => {
    const text = entry.toString('latin1');
    const at = text.indexOf('=');
    const quote = (part: string): string => `'${part.replaceAll("'", "'\\''")}'`;
    return IDENTIFIER.test(text.slice(0, at)) && !OF_SHELLS.has(text.slice(0, at))
      ? `export ${text.slice(0, at)}=${quote(text.slice(at + 1))}\n`
      : `set -- /usr/bin/env ${quote(text)} "$@"\n`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}
