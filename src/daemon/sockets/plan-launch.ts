import { err, type Result } from '../../base/result.ts';
import type { FcgiSettings, Program } from '../../config/program.ts';
import { parseSocketAddress, type SocketAddress } from '../../config/socket-address.ts';
import type { Rights } from '../../os/credentials.ts';
import type { Files } from '../../os/files.ts';
import type { Os } from '../../os/os.ts';
import {
  parseGunicornArgv,
  parseGunicornScript,
  type GunicornCommandLine,
} from '../../servers/gunicorn/command-line.ts';
import {
  readGunicornSettings,
  type GunicornListening,
  type GunicornSettings,
} from '../../servers/gunicorn/settings.ts';
import type { FoundCommand } from '../spawn/find-command.ts';
import type { SocketRequest } from './bind-socket.ts';

/** What a program is to be started with, as its settings are now. */
export interface LaunchPlan {
  /** The sockets to hold for it; none where `reason` says why. */
  readonly sockets: readonly SocketRequest[];
  readonly reason: string;
  /** How it gets them: as fd 0, or from fd 3 on with LISTEN_FDS (sd_listen_fds(3)). */
  readonly passing: 'stdin' | 'listen-fds';
  /** Whether it cannot be started without them: gunicorn binds its own then. */
  readonly isRequired: boolean;
  /** Where the program is a gunicorn that has told its settings. */
  readonly gunicorn: GunicornSettings | undefined;
}

/** Of a program of which nothing is known yet. */
export const NO_PLAN: LaunchPlan = without('');

/** What {@link planLaunch} looks at. */
export interface LaunchContext {
  readonly program: Program;
  readonly command: FoundCommand;
  /** That of the process to be. */
  readonly env: Readonly<Record<string, string>>;
  /** The socket of its group. */
  readonly fcgi: FcgiSettings | undefined;
}

/** Enough for every server; the kernel cuts it down to net.core.somaxconn. */
const BACKLOG = 4096;

/** The head of a script that holds its interpreter. */
const HEAD_BYTES = 1024;

/** The umask of gunicorn's 0777 for a unix socket is that of its settings (gunicorn/sock.py, UnixSocket.bind). */
const ALL = 0o777;

/** Finds out which sockets a program wants. A gunicorn is asked for its settings, which takes as long as python needs to start. */
export async function planLaunch(
  os: Pick<Os, 'run' | 'files' | 'me' | 'rightsOf'>,
  context: LaunchContext,
): Promise<LaunchPlan> {
  const { program, fcgi } = context;
  if (program.kind === 'fcgi-program' && fcgi !== undefined) return planFcgi(fcgi);
  if (program.kind === 'eventlistener') return without('it is an event listener');
  const rights = program.user === undefined ? 'ours' : await os.rightsOf(program.user);
  const commandLine = await findGunicorn(os.files(rights), context.command);
  const settings =
    commandLine === undefined ? undefined : await askGunicorn(os, commandLine, context, rights);
  const gunicorn = settings?.ok === true ? settings.value : undefined;
  const { socket } = program.settings;
  if (socket === false) return { ...without('socket is off'), gunicorn };
  if (typeof socket === 'object') {
    const sockets = socket.map((address) => requestFor(address, program));
    return { sockets, reason: '', passing: 'listen-fds', isRequired: true, gunicorn };
  }
  if (settings === undefined) {
    return without('its command is not gunicorn itself, and no socket is configured');
  }
  if (!settings.ok) return without(`the settings of gunicorn are not known: ${settings.error}`);
  return planGunicorn(settings.value, rights);
}

function planGunicorn(gunicorn: GunicornSettings, rights: Rights): LaunchPlan {
  const obstacle = obstacleOf(gunicorn);
  if (obstacle !== undefined) return { ...without(obstacle), gunicorn };
  const listening = gunicorn.listening;
  const addresses = listening === undefined ? undefined : addressesOf(listening);
  if (listening === undefined || addresses === undefined) {
    const bind = gunicorn.bind.join(', ');
    return { ...without(`its bind (${bind}) is nothing that can be held for it`), gunicorn };
  }
  const { backlog, umask, uid, gid } = listening;
  const sockets = addresses.map((address) => ({
    address,
    backlog,
    mode: ALL & ~umask,
    owner: { uid, gid },
    rights,
  }));
  return { sockets, reason: '', passing: 'listen-fds', isRequired: false, gunicorn };
}

function obstacleOf({ daemon, reusePort }: GunicornSettings): string | undefined {
  if (daemon) return 'gunicorn leaves its supervisor (daemon)';
  return reusePort ? 'gunicorn shares its port by itself (reuse_port)' : undefined;
}

/** Undefined where one of them cannot be bound here: a descriptor, or a name outside the file system. */
function addressesOf({ addresses }: GunicornListening): readonly SocketAddress[] | undefined {
  const found: SocketAddress[] = [];
  for (const address of addresses) {
    if ('host' in address) found.push({ kind: 'tcp', ...address });
    else if ('path' in address && address.path.startsWith('/')) {
      found.push({ kind: 'unix', path: address.path });
    } else return undefined;
  }
  return found.length === 0 ? undefined : found;
}

function planFcgi({ socket, owner, mode, backlog }: FcgiSettings): LaunchPlan {
  const address = parseSocketAddress(socket);
  if (!address.ok) return without(`${socket}: ${address.error}`);
  const request: SocketRequest = {
    address: address.value,
    backlog: backlog ?? BACKLOG,
    mode: mode ?? ALL,
    owner: owner === undefined ? undefined : { uid: owner.uid, gid: owner.gid ?? UNCHANGED },
    rights: 'ours',
  };
  return {
    sockets: [request],
    reason: '',
    passing: 'stdin',
    isRequired: true,
    gunicorn: undefined,
  };
}

/** chown(2): as it is. */
const UNCHANGED = -1;

function requestFor(address: SocketAddress, { user }: Pick<Program, 'user'>): SocketRequest {
  return { address, backlog: BACKLOG, mode: ALL, owner: user, rights: 'ours' };
}

function without(reason: string): LaunchPlan {
  return {
    sockets: [],
    reason,
    passing: 'listen-fds',
    isRequired: false,
    gunicorn: undefined,
  };
}

async function findGunicorn(
  files: Pick<Files, 'readFile'>,
  { file, argv }: FoundCommand,
): Promise<GunicornCommandLine | undefined> {
  const [, ...args] = argv;
  const direct = parseGunicornArgv([file, ...args]);
  if (direct !== undefined) return direct;
  const head = await files.readFile(file, HEAD_BYTES);
  return head.ok ? parseGunicornScript(file, head.value, args) : undefined;
}

async function askGunicorn(
  os: Pick<Os, 'run'>,
  command: GunicornCommandLine,
  { program, env }: LaunchContext,
  rights: Rights,
): Promise<Result<GunicornSettings, string>> {
  const asked = await readGunicornSettings(os, command, { cwd: program.directory, env, rights });
  return asked.ok ? asked : err(asked.error.why);
}
