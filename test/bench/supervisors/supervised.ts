import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtCli } from '../../rig/cli.ts';
import { runCommand, showResult, type CommandResult } from '../../rig/command.ts';
import { childrenOf, endProcesses, isAlive, listProcesses } from '../../rig/processes.ts';
import type { FoundPython } from '../../rig/python.ts';
import { readProgramStates, type ProgramState } from '../../rig/site/supervisor-state.ts';
import { startSupervisor, type StartedSupervisor } from '../../rig/site/supervisor.ts';
import { waitFor } from '../../rig/wait-for.ts';

/** Who supervises. */
export const SUPERVISORS = ['supervisord', 'reloadctl daemon'] as const;

/** One of {@link SUPERVISORS}. */
export type SupervisorName = (typeof SUPERVISORS)[number];

/** A supervisor of its own directory that does nothing but what the bench asks of it. */
export interface Supervised {
  readonly pid: number;
  readonly directory: string;
  states(): Promise<readonly ProgramState[]>;
  /** Runs the real supervisorctl; throws when it fails. */
  supervisorctl(...words: readonly string[]): Promise<CommandResult>;
  /** Waits until all programs of the group, or all, are in this state; looked at ten times a second. */
  until(state: string, group?: string): Promise<void>;
  /** Ends it and what is left of its programs. */
  end(): Promise<void>;
}

/** Limits every wait: so many programs on a busy machine. */
const CEILING_MS = 180_000;

/** Starts `name` on a configuration that ends with `programs`. */
export async function startSupervised(
  name: SupervisorName,
  python: FoundPython,
  programs: string,
): Promise<Supervised> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-bench-'));
  const configuration = join(directory, 'supervisord.conf');
  const socket = join(directory, 's');
  writeFileSync(
    configuration,
    [
      '[supervisord]',
      'logfile=%(here)s/supervisord.log',
      'pidfile=%(here)s/supervisord.pid',
      'childlogdir=%(here)s',
      'minfds=4096',
      '[unix_http_server]',
      'file=%(here)s/s',
      '[rpcinterface:supervisor]',
      'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
      '[supervisorctl]',
      'serverurl=unix://%(here)s/s',
      programs,
    ].join('\n'),
  );
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    RELOADCTL_STATE_DIR: join(directory, 'state'),
  };
  const started: StartedSupervisor = await startSupervisor({
    argv:
      name === 'supervisord'
        ? [python.bin.supervisord, '-n', '-c', configuration]
        : [process.execPath, await builtCli(), '-c', configuration, 'daemon', '-n'],
    cwd: directory,
    env,
    user: undefined,
    outputFile: join(directory, 'out'),
  });
  const { pid } = started.id;
  return {
    pid,
    directory,
    states: () => readProgramStates(socket),
    supervisorctl: async (...words) => {
      const argv = [python.bin.supervisorctl, '-c', configuration, ...words] as const;
      const result = await runCommand([argv[0], ...argv.slice(1)], {
        cwd: directory,
        env,
        timeoutMs: CEILING_MS,
      });
      if (result.code !== 0) throw new Error(showResult([argv[0], ...argv.slice(1)], result));
      return result;
    },
    until: async (state, group) => {
      await waitFor(
        `everything to be ${state}`,
        async () => {
          const all = await readProgramStates(socket);
          const wanted = all.filter((each) => group === undefined || each.group === group);
          return wanted.length > 0 && wanted.every((each) => each.state === state)
            ? true
            : undefined;
        },
        { ceilingMs: CEILING_MS, everyMs: 100 },
      );
    },
    end: async () => {
      const children = childrenOf(pid, listProcesses());
      await endProcesses([started.id], 30_000);
      await endProcesses(children.filter(isAlive));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
