import { spawn, type ChildProcess } from 'node:child_process';

/** A daemon that is to take over from us. */
export interface NewcomerRequest {
  readonly execPath: string;
  /** Options of Node, script, arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In a session of its own, without terminal and output; else where we are. */
  readonly isDetached: boolean;
}

/** Starts another daemon with a channel to us. Failures are events of the child. */
export function spawnNewcomer(request: NewcomerRequest): ChildProcess {
  const { execPath, args, cwd, env, isDetached } = request;
  const where = isDetached ? 'ignore' : 'inherit';
  return spawn(execPath, [...args], {
    cwd,
    env: { ...env },
    detached: isDetached,
    stdio: [where, where, where, 'ipc'],
  });
}
