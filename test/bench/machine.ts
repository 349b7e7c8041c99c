import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { runCommand } from '../rig/command.ts';
import { pythonEnvironment, type FoundPython } from '../rig/python.ts';
import { builtCli } from '../rig/cli.ts';

/** On what and with what was measured. Nothing in it names a host, a user or a path. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** Mean number of runnable processes in the minute before the bench (getloadavg(3)). */
  readonly loadAverage: number;
  readonly node: string;
  readonly python: string;
  readonly gunicorn: string;
  readonly supervisor: string;
  readonly reloadctl: string;
  /** YYYY-MM-DD, UTC. */
  readonly date: string;
}

/** Describes this machine. `python` is the environment that serves. */
export async function describeMachine(python: FoundPython): Promise<Machine> {
  const pythonVersion = await ask(
    python.bin.python,
    '-c',
    'import platform as p; print(p.python_version())',
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    loadAverage: loadavg()[0] ?? 0,
    node: process.versions.node,
    python: pythonVersion,
    gunicorn: python.versions.gunicorn,
    supervisor: python.versions.supervisor,
    reloadctl: await ask(process.execPath, await builtCli(), '--version'),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The environment that serves, or the one line that says what is missing. */
export async function servingPython(): Promise<FoundPython | string> {
  const python = await pythonEnvironment('newest');
  return python.ok ? python : python.reason;
}

async function ask(...argv: [string, ...string[]]): Promise<string> {
  return (await runCommand(argv)).stdout.trim();
}
