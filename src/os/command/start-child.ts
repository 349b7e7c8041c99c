import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { printable } from '../../base/printable.ts';
import { errnoOf } from '../errno.ts';
import type { CommandRequest } from '../os.ts';
import { BARRIER_FD } from './launch.ts';
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

/** Spawns a child in one turn of the event loop, as openListeningSocket needs it. Returns the reason when the system refuses. */
export function startChild(
  request: CommandRequest,
  launch: Launch,
  channels: OutputChannels,
): StartedChild | string {
  const obstacle = explainDirectory(request.cwd);
  if (obstacle !== undefined) return obstacle;
  let socket: ListeningSocket | undefined;
  let child: ChildProcess;
  try {
    if (request.listenOn !== undefined)
      socket = openListeningSocket(request.listenOn, request.user);
    child = withUmask(request.umask, () => spawnChild(request, launch, channels, socket?.fd));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    socket?.handOver();
    socket?.removeName();
    return describeError(error);
  }
  socket?.handOver();
  if (socket !== undefined) child.stdio[BARRIER_FD]?.destroy();
  return { child, outputs: channels.attach(child), socket };
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
  { cwd }: CommandRequest,
  { file, args, env, user }: Launch,
  { stdio }: OutputChannels,
  listeningFd: number | undefined,
): ChildProcess {
  return spawn(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env },
    ...user,
    detached: true, // setsid(2): what the command leaves behind is found by its session.
    stdio: [
      'ignore',
      ...stdio,
      ...(listeningFd === undefined ? [] : [listeningFd, 'pipe' as const]),
    ],
  });
}

/**
 * The mask is inherited by fork(2), which `spawn` does before it returns; a shell with `umask` in front of the command would not
 * leave its environment alone.
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
