import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { findOnPath } from '../on-path.ts';
import { startTicksOf, type ProcessId } from '../processes.ts';
import type { User } from '../users.ts';

/** A supervisor that was started for a site. */
export interface StartedSupervisor {
  readonly child: ChildProcess;
  readonly id: ProcessId;
}

/** What to start. */
export interface SupervisorRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: User | undefined;
  /** Takes what it writes to stdout and stderr. */
  readonly outputFile: string;
}

/**
 * Starts a supervisor in the foreground, in a session of its own. Where setpriv(1) is, the kernel TERMs it when this process
 * dies, however it dies: a test run that is killed leaves no servers behind.
 */
export async function startSupervisor(request: SupervisorRequest): Promise<StartedSupervisor> {
  const { argv, cwd, env, user, outputFile } = request;
  const setpriv = findOnPath('setpriv')[0];
  const [file = '', ...rest] =
    setpriv === undefined ? argv : [setpriv, '--pdeathsig', 'TERM', ...argv];
  const output = openSync(outputFile, 'a');
  try {
    const child = spawn(file, rest, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', output, output],
      ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const pid = child.pid ?? 0;
    return { child, id: { pid, startTicks: startTicksOf(pid) ?? 0 } };
  } finally {
    closeSync(output);
  }
}
