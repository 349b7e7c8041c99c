import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import { errnoOf, readingError } from '../../os/errno.ts';
import { findSetpriv, knowsDeathSignal } from '../../os/command/launch.ts';
import type { Credentials } from '../../os/credentials.ts';
import type { Os } from '../../os/os.ts';
import type { ProcId } from '../../os/proc.ts';
import type { ExitStatus } from '../process/exit-status.ts';
import type { FoundCommand } from './find-command.ts';
import { HIGHEST_FEED_FD, prepareAsRoot, prepareAsUser } from './as-user.ts';

/** A process to start. */
export interface SpawnRequest {
  readonly name: string;
  readonly command: FoundCommand;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly umask: number | undefined;
  /** Become this user, supplementary groups included; nothing is changed when we are that user. */
  readonly user: Pick<Credentials, 'uid' | 'gid' | 'name'> | undefined;
  /** The child's descriptors from 0 on; the first three are stdin, stdout and stderr. They stay open here. */
  readonly fds: readonly [number, number, number, ...number[]];
  /**
   * What it only has to have open. They come behind those, where it does not look for anything.
   * They stay open here.
   */
  readonly kept?: readonly number[] | undefined;
  /** Whether those from 3 on are listening sockets that it is to be told of (sd_listen_fds(3)). */
  readonly tellsSockets?: boolean | undefined;
  /** Its soft limit of descriptors; undefined: ours. */
  readonly softFiles?: number | undefined;
  /** `NAME=value` of variables that are no UTF-8, which are not in `env`. */
  readonly rawVariables?: readonly Buffer[] | undefined;
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
  os: Pick<Os, 'process' | 'me' | 'rightsOf'>,
  request: SpawnRequest,
): Promise<Result<SpawnedChild, string>> {
  const other = await findOther(os, request);
  // Another user's directory is entered, and looked at, by that user.
  const obstacle =
    explainUser(os, request) ?? (other === undefined ? explainDirectory(request.cwd) : undefined);
  if (obstacle !== undefined)
    return describe(request, await launch(os, request, standIn(obstacle)));
  const planned = await plan(request, other);
  const direct = await launch(os, request, planned);
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
  /** Whom the child becomes before it executes anything; it is left without supplementary groups. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** What is written into a descriptor after the others. */
  readonly feed?: Buffer | undefined;
}

/** The name of a system error, 'ENOENT'. */
type LaunchFailure = string;

/** The user to become; undefined: we are that one. */
async function findOther(
  { me, rightsOf }: Pick<Os, 'me' | 'rightsOf'>,
  { user }: Pick<SpawnRequest, 'user'>,
): Promise<Credentials | undefined> {
  if (user === undefined || user.uid === me.uid) return undefined;
  const rights = await rightsOf(user);
  return typeof rights === 'string' ? { ...user, groups: [] } : rights;
}

/**
 * How the command is come to. Nothing that the program's environment or directory chooses is in force while we are root still: a user with
 * nothing but its own group is become before the first exec, which setpriv(1) is needed for with others.
 */
async function plan(request: SpawnRequest, other: Credentials | undefined): Promise<Launch> {
  const { command, cwd, fds, endsWithUs } = request;
  const [argv0, ...args] = command.argv;
  const env = environmentOf(request);
  const setpriv = other !== undefined || endsWithUs === true ? findSetpriv() : undefined;
  const dying =
    endsWithUs === true && setpriv !== undefined && (await knowsDeathSignal(setpriv))
      ? ['--pdeathsig=TERM']
      : [];
  const wanted = {
    env,
    cwd: other === undefined ? undefined : cwd,
    fds: fds.length,
    tellsSockets: request.tellsSockets === true,
    // A shell would take what the kernel does not know for a script.
    softFiles: isOfKnownFormat(command.file) ? request.softFiles : undefined,
    rawVariables: request.rawVariables ?? [],
  };
  const hasGroups = other?.groups.some((group) => group !== other.gid) === true;
  if (other !== undefined && hasGroups && setpriv !== undefined) {
    if (fds.length > HIGHEST_FEED_FD) {
      return standIn(`couldn't setgroups for ${other.name}: it has more than 6 sockets`);
    }
    const prepared = prepareAsRoot(setpriv, other, dying, wanted);
    const [file = '', ...rest] = [...prepared.words, command.file, ...args];
    return {
      file,
      args: rest,
      cwd: undefined,
      user: undefined,
      env: prepared.env,
      feed: prepared.feed,
    };
  }
  const prepared = prepareAsUser(wanted);
  const words = [
    ...(setpriv === undefined || dying.length === 0 ? [] : [setpriv, ...dying, '--']),
    ...prepared.words,
    prepared.words.length > 0 && isFoundByShell(argv0, env) ? argv0 : command.file,
    ...args,
  ];
  const [file = command.file, ...rest] = words;
  return {
    file,
    args: rest,
    ...(words.length > 1 + args.length ? {} : { argv0 }),
    cwd: other === undefined ? cwd : undefined,
    user: other === undefined ? undefined : { uid: other.uid, gid: other.gid },
    env,
    feed: prepared.feed,
  };
}

/** Whether a shell finds the same file as findCommand, and calls it as the command does. */
function isFoundByShell(word: string, { PATH }: Readonly<Record<string, string>>): boolean {
  return PATH !== undefined && PATH !== '' && /^[\w.][\w.+-]*$/.test(word);
}

/** ELF, or a script with an interpreter (execve(2)). */
function isOfKnownFormat(file: string): boolean {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const begin = Buffer.alloc(4);
      readSync(fd, begin);
      return begin.equals(Buffer.from('\x7fELF')) || begin.toString('latin1', 0, 2) === '#!';
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    readingError(error); // Throws what is no system error. Who may not read it may execute it.
    return true;
  }
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
    env: {},
  };
}

function environmentOf({ env, fds, tellsSockets }: SpawnRequest): Record<string, string> {
  return tellsSockets === true ? { ...env, LISTEN_FDS: String(fds.length - 3) } : { ...env };
}

async function launch(
  os: Pick<Os, 'process'>,
  request: SpawnRequest,
  { file, args, argv0, cwd, user, env, feed }: Launch,
): Promise<Result<SpawnedChild, LaunchFailure>> {
  let child: ChildProcess;
  try {
    child = withUmask(request.umask, () =>
      spawn(file, args, {
        ...(argv0 === undefined ? {} : { argv0 }),
        ...(cwd === undefined ? {} : { cwd }),
        ...user,
        env: { ...env },
        stdio: descriptorsOf(request, feed),
        detached: true, // setsid(2): a group of its own, and no terminal that could hang up on it.
      }),
    );
  } catch (error) {
    return err(toFailure(error));
  }
  if (feed !== undefined) give(child, request.fds.length, feed);
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

/**
 * From here on a child has what it only keeps: shells take those below 10 for their scripts, and
 * the next free ones for themselves.
 */
const KEPT_FROM = 20;

function descriptorsOf(
  { fds, kept = [] }: SpawnRequest,
  feed: Buffer | undefined,
): Array<number | 'pipe' | 'ignore'> {
  const used = feed === undefined ? fds : [...fds, 'pipe' as const];
  const gap = Array.from({ length: Math.max(0, KEPT_FROM - used.length) }, () => 'ignore' as const);
  return kept.length === 0 ? [...used] : [...used, ...gap, ...kept];
}

/** A child that ends before it has read all breaks the pipe; its exit status tells of it. */
function give(child: ChildProcess, fd: number, text: Buffer): void {
  const stream = (child.stdio as readonly unknown[])[fd] as Socket | undefined;
  stream?.on('error', () => undefined);
  stream?.end(text);
  stream?.unref();
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
