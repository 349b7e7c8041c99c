import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { builtCli } from '../../../rig/cli.ts';
import { runCommand, type CommandOptions, type CommandResult } from '../../../rig/command.ts';
import {
  descendantsOf,
  endProcesses,
  readProcess,
  type Process,
  type ProcessId,
} from '../../../rig/processes.ts';
import { pythonEnvironment, type FoundPython } from '../../../rig/python.ts';
import type { User } from '../../../rig/users.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** A machine in small: a directory of root's with a home for each user, and what is started in it. All of it goes with the test. */
export interface Place {
  readonly directory: string;
  readonly python: FoundPython;
  /** Makes a directory that only `user` can write. */
  home(user: User): string;
  /** Writes a file and gives it to somebody; root when nobody is named. Returns its path. */
  write(path: string, text: string, owner?: User, mode?: number): string;
  /** Starts a process; with `ready` resolves when it has printed that. */
  start(argv: readonly [string, ...string[]], options?: StartOptions): Promise<Started>;
  /** Starts the real supervisord, as root, with this configuration of programs, and waits until all run. */
  supervise(programs: string): Promise<Process>;
  /** Runs reloadctl as root, or as `user`, on the configuration of {@link supervise}. */
  reloadctl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The configuration that {@link supervise} has written. */
  readonly configuration: string;
}

/** How to start a process. */
interface StartOptions {
  readonly user?: User;
  readonly ready?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Between TERM and KILL at the end of the test; 0 when not given: KILL at once. */
  readonly graceMs?: number;
}

/** A process that runs. */
export interface Started extends ProcessId {
  readonly child: ChildProcess;
  /** All that it has printed until now. */
  readonly output: () => string;
}

/** A place for the running test. */
export async function createPlace(): Promise<Place> {
  const python = await pythonEnvironment('newest');
  if (!python.ok) throw new Error(python.reason);
  const directory = mkdtempSync(join(tmpdir(), 'rlctl-trust-'));
  chmodSync(directory, 0o755);
  const started: Array<Started & { readonly graceMs: number }> = [];
  onTestFinished(async () => {
    for (const { pid, startTicks, graceMs } of started.reverse()) {
      const below = descendantsOf(pid);
      await endProcesses([{ pid, startTicks }], graceMs);
      await endProcesses(below, 0);
    }
    rmSync(directory, { recursive: true, force: true });
  });
  const configuration = join(directory, 'supervisord.conf');
  const state = join(directory, 'state');
  mkdirSync(state, { mode: 0o755 });
  const env = { ...process.env, HOME: directory, RELOADCTL_STATE_DIR: state };

  const write: Place['write'] = (path, text, owner, mode = 0o644) => {
    writeFileSync(path, text);
    chmodSync(path, mode);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const start: Place['start'] = async ([file, ...args], options = {}) => {
    const { user, ready, cwd = directory, graceMs = 0 } = options;
    const child = spawn(file, args, {
      cwd,
      env: options.env ?? env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    let text = '';
    const keep = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const proc = child.pid === undefined ? undefined : readProcess(child.pid);
    if (proc === undefined) throw new Error(`${file} could not be started`);
    const one = { pid: proc.pid, startTicks: proc.startTicks, child, output: () => text, graceMs };
    started.push(one);
    if (ready !== undefined) {
      await waitFor(`${file} to print ${ready}`, () => text.includes(ready) || undefined, {
        observe: () => text,
      });
    }
    return one;
  };
  const reloadctl: Place['reloadctl'] = async (args, options = {}) =>
    runCommand([process.execPath, await builtCli(), ...args], { env, cwd: directory, ...options });

  return {
    directory,
    python,
    configuration,
    write,
    start,
    reloadctl: (args, options) => reloadctl(['-c', configuration, ...args], options),
    home: (user) => {
      const path = join(directory, user.name);
      mkdirSync(path, { mode: 0o755 });
      chownSync(path, user.uid, user.gid);
      return path;
    },
    supervise: async (programs) => {
      const socket = join(directory, 'supervisor.sock');
      write(
        configuration,
        [
          `[supervisord]\nlogfile=${directory}/supervisord.log\npidfile=${directory}/supervisord.pid\nnodaemon=true`,
          `[unix_http_server]\nfile=${socket}`,
          '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
          `[supervisorctl]\nserverurl=unix://${socket}`,
          programs,
          '',
        ].join('\n\n'),
      );
      const argv = [python.bin.supervisord, '-n', '-c', configuration] as const;
      const { pid } = await start([...argv], { graceMs: 10_000 });
      await waitFor('the programs to run', async () => {
        const { stdout } = await runCommand(
          [python.bin.supervisorctl, '-c', configuration, 'status'],
          { env },
        );
        const lines = stdout.trim().split('\n');
        return lines.every((line) => /\bRUNNING\b/.test(line)) || undefined;
      });
      const proc = readProcess(pid);
      if (proc === undefined) throw new Error('the supervisor has gone');
      return proc;
    },
  };
}
