import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { printable } from '../../base/printable.ts';
import type { Credentials, Rights } from '../credentials.ts';
import { errnoOf } from '../errno.ts';
import type { CommandRequest } from '../os.ts';
import { BARRIER_FD, ENVIRONMENT_FD } from './launch.ts';
import type { Launch } from './launch.ts';
import { openListeningSocket } from './listening-socket.ts';
import type { ListeningSocket } from './listening-socket.ts';
import type { OutputChannels } from './output-channels.ts';

/** A child that was spawned; it may still report that its file cannot be executed. */
export interface StartedChild {
  readonly child: ChildProcess;
  /** stdout and stderr. */
  readonly outputs: readonly Readable[];
  readonly socket: ListeningSocket | undefined;
}

/** Spawns a child within one turn of the event loop. Returns the reason when the system refuses. */
export function startChild(
  request: CommandRequest,
  launch: Launch,
  channels: OutputChannels,
): StartedChild | string {
  const obstacle = explainDirectory(launch.cwd);
  if (obstacle !== undefined) return obstacle;
  let socket: ListeningSocket | undefined;
  let child: ChildProcess;
  try {
    if (request.listenOn !== undefined) {
      const owner = ownerOf(request.rights);
      socket = openListeningSocket(request.listenOn, owner);
    }
    child = withUmask(request.umask, () => spawnChild(request, launch, channels, socket?.fd));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    socket?.handOver();
    socket?.removeName();
    return describeError(error);
  }
  socket?.handOver();
  if (socket !== undefined) child.stdio[BARRIER_FD]?.destroy();
  if (launch.feed !== undefined) feed(child, ENVIRONMENT_FD, launch.feed);
  if (request.stdin !== undefined) feed(child, 0, request.stdin);
  return { child, outputs: channels.attach(child), socket };
}

/** Whom what is made for the command belongs to; undefined: us. */
export function ownerOf(rights: Rights): Credentials | undefined {
  return typeof rights === 'string' ? undefined : rights;
}

/** A system error as a reader sees it: 'spawn ENOENT' says nothing about the file. */
export function describeError(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return printable(message);
  return `${code}: ${EXPLANATIONS[code] ?? 'cannot be executed'}: ${printable(path)}`;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file, or its interpreter is missing',
  EACCES: 'not executable, or not permitted',
  EPERM: 'not permitted; only root can become another user',
};

/** A missing directory would come out as ENOENT of the command's file. */
function explainDirectory(cwd: string | undefined): string | undefined {
  if (cwd === undefined) return undefined;
  try {
    if (statSync(cwd).isDirectory()) return undefined;
    return `ENOTDIR: not a directory: ${printable(cwd)}`;
  } catch (error) {
    return `${errnoOf(error) ?? 'EINVAL'}: cannot enter the directory ${printable(cwd)}`;
  }
}

function spawnChild(
  { stdin }: CommandRequest,
  { file, args, cwd, env, user, feed }: Launch,
  { stdio }: OutputChannels,
  listeningFd: number | undefined,
): ChildProcess {
  const passed = listeningFd === undefined ? [] : [listeningFd, 'pipe' as const];
  const unused = feed === undefined ? [] : [...NOTHING.slice(passed.length), 'pipe' as const];
  return spawn(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env },
    ...user,
    detached: true, // setsid(2): what the command leaves behind is found by its session.
    stdio: [stdin === undefined ? 'ignore' : 'pipe', ...stdio, ...passed, ...unused],
  });
}

/** Between the output and the environment; the shell closes them. */
const NOTHING = ['ignore', 'ignore'] as const;

/** A child that ends before it has read all breaks the pipe; its exit status tells of it. */
function feed(child: ChildProcess, fd: number, text: string): void {
  const stdio: ReadonlyArray<Readable | Writable | null | undefined> = child.stdio;
  const stream = stdio[fd] as Writable | null | undefined;
  stream?.on('error', () => undefined);
  stream?.end(text);
}

/**
 * fork(2) inherits the mask, and `spawn` forks before it returns. A shell with `umask` would change
 * the command's environment.
 */
function withUmask<T>(umask: number | undefined, action: () => T): T {
  if (umask === undefined) return action();
  const previous = process.umask(umask);
  try {
    return action();
  } finally {
    process.umask(previous);
  }
}
