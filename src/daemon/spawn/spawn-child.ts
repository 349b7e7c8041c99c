import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import { errnoOf } from '../../os/errno.ts';
import { findSetpriv, knowsDeathSignal } from '../../os/command/launch.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import type { FoundCommand } from './find-command.ts';
import { socketPrefix } from './socket-prefix.ts';

/** A process to start. */
export interface SpawnRequest {
  readonly name: string;
  readonly command: FoundCommand;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly umask: number | undefined;
  /** Become this user, supplementary groups included; nothing is changed when we are that user. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** The child's descriptors from 0 on; the first three are stdin, stdout and stderr. They stay open here. */
  readonly fds: readonly [number, number, number, ...number[]];
  /** Whether those from 3 on are listening sockets that it is to be told of (sd_listen_fds(3)). */
  readonly tellsSockets?: boolean | undefined;
  /** TERM it when we die, however that happens; only where setpriv(1) knows how (util-linux 2.33). */
  readonly endsWithUs?: boolean | undefined;
}

/** A process that was started. */
export interface SpawnedChild {
  readonly id: ProcId;
  /** Never rejects. */
  readonly exited: Promise<ExitStatus>;
}

/**
 * Starts a process in a session and process group of its own. What supervisord finds out only in the child (no such directory, no
 * permission to become the user, a file that the kernel does not execute) is here too told on the child's stderr, by a process that then
 * ends with 127; see supervisor/process.py, _spawn_as_child. The error is for a system that makes no process at all.
 */
export async function spawnChild(
  os: Pick<Os, 'process' | 'me'>,
  request: SpawnRequest,
): Promise<Result<SpawnedChild, string>> {
  const obstacle = explainUser(os, request) ?? explainDirectory(request.cwd);
  if (obstacle !== undefined)
    return describe(request, await launch(os, request, standIn(obstacle)));
  const direct = await launch(os, request, await plan(os, request));
  if (direct.ok || isLackOfResources(direct.error)) return describe(request, direct);
  const [word] = request.command.argv;
  const told = standIn(`couldn't exec ${word}: ${direct.error}`);
  return describe(request, await launch(os, request, told));
}

/** The arguments of `spawn`. */
interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly argv0?: string;
  readonly cwd: string | undefined;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/** The name of a system error, 'ENOENT'. */
type LaunchFailure = string;

async function plan({ me }: Pick<Os, 'me'>, request: SpawnRequest): Promise<Launch> {
  const { command, cwd, user, env, tellsSockets, endsWithUs } = request;
  const [argv0, ...args] = command.argv;
  const isOther = user !== undefined && user.uid !== me.uid;
  const setpriv = isOther || endsWithUs === true ? findSetpriv() : undefined;
  // Node's own change of user leaves the process without its supplementary groups.
  const asUser = isOther && setpriv === undefined ? user : undefined;
  const become = isOther ? becoming(user) : [];
  const dying =
    endsWithUs === true && setpriv !== undefined && (await knowsDeathSignal(setpriv))
      ? ['--pdeathsig=TERM']
      : [];
  const options = [...become, ...dying];
  const words = [
    ...(setpriv === undefined || options.length === 0 ? [] : [setpriv, ...options, '--']),
    ...(tellsSockets === true ? socketPrefix(env) : []),
    command.file,
    ...args,
  ];
  const [file = command.file, ...rest] = words;
  return {
    file,
    args: rest,
    ...(words.length > 1 + args.length ? {} : { argv0 }),
    cwd,
    user: asUser,
  };
}

function becoming({ uid, gid }: { readonly uid: number; readonly gid: number }): readonly string[] {
  return [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
}

/** Says `message` where the program would have said something, and ends as the program's process would have. */
function standIn(message: string): Launch {
  const script =
    'printf \'supervisor: %s\\nsupervisor: child process was not spawned\\n\' "$1" >&2; exit 127';
  return {
    file: '/bin/sh',
    args: ['-c', script, 'supervisor', message],
    cwd: undefined,
    user: undefined,
  };
}

function environmentOf({ env, fds, tellsSockets }: SpawnRequest): Record<string, string> {
  return tellsSockets === true ? { ...env, LISTEN_FDS: String(fds.length - 3) } : { ...env };
}

async function launch(
  os: Pick<Os, 'process'>,
  request: SpawnRequest,
  { file, args, argv0, cwd, user }: Launch,
): Promise<Result<SpawnedChild, LaunchFailure>> {
  let child: ChildProcess;
  try {
    child = withUmask(request.umask, () =>
      spawn(file, args, {
        ...(argv0 === undefined ? {} : { argv0 }),
        ...(cwd === undefined ? {} : { cwd }),
        ...user,
        env: environmentOf(request),
        stdio: [...request.fds],
        detached: true, // setsid(2): a group of its own, and no terminal that could hang up on it.
      }),
    );
  } catch (error) {
    return err(toFailure(error));
  }
  child.unref(); // What keeps us alive is the daemon, not its programs: it may leave them to another one.
  // Both can only be told in later turns of the event loop.
  const failed = new Promise<LaunchFailure>((resolve) => {
    child.once('error', (error) => {
      resolve(toFailure(error));
    });
  });
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal });
    });
  });
  if (child.pid === undefined) return err(await failed);
  const proc = await os.process(child.pid);
  // A child has its entry in /proc until it is waited for, and that is later than this.
  if (proc === undefined) throw new Error(`Internal error: no entry for new child ${child.pid}`);
  return ok({ id: { pid: proc.pid, startTicks: proc.startTicks }, exited });
}

/** supervisord's words for a fork(2) that failed (supervisor/process.py, spawn). */
function describe(
  { name }: Pick<SpawnRequest, 'name'>,
  launched: Result<SpawnedChild, LaunchFailure>,
): Result<SpawnedChild, string> {
  if (launched.ok) return launched;
  return err(
    launched.error === 'EAGAIN'
      ? `Too many processes in process table to spawn '${name}'`
      : `unknown error during fork for '${name}': ${launched.error}`,
  );
}

function toFailure(error: unknown): LaunchFailure {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return code;
}

function isLackOfResources(code: LaunchFailure): boolean {
  return code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE';
}

function explainUser(
  { me }: Pick<Os, 'me'>,
  { user }: Pick<SpawnRequest, 'user'>,
): string | undefined {
  if (user === undefined || user.uid === me.uid || me.uid === 0) return undefined;
  return `couldn't setuid to ${user.uid}: Can't drop privilege as nonroot user`;
}

function explainDirectory(cwd: string | undefined): string | undefined {
  if (cwd === undefined) return undefined;
  try {
    if (!statSync(cwd).isDirectory()) return `couldn't chdir to ${cwd}: ENOTDIR`;
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return `couldn't chdir to ${cwd}: ${code}`;
  }
}

/** The mask is inherited by fork(2), which `spawn` does before it returns. */
function withUmask<T>(umask: number | undefined, action: () => T): T {
  if (umask === undefined) return action();
  const previous = process.umask(umask);
  try {
    return action();
  } finally {
    process.umask(previous);
  }
}
