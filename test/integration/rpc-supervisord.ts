import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { descendantsOf, endProcesses } from '../rig/processes.ts';
import type { FoundPython } from '../rig/python.ts';
import { reservePort } from '../rig/site/ports.ts';
import { startSupervisor } from '../rig/site/supervisor.ts';
import { waitFor } from '../rig/wait-for.ts';
import { createSupervisor } from '../../src/rpc/client.ts';

/** The user and the password of the server on the port. */
export const CREDENTIALS = { username: 'ünser', password: 'pass:wörd' } as const;

/** A real supervisord with nothing but the programs of a test. */
export interface RealSupervisord {
  readonly directory: string;
  readonly configuration: string;
  /** Without a password. */
  readonly unixUrl: string;
  /** Wants {@link CREDENTIALS}. */
  readonly inetUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts supervisord with `programs` in its configuration, in which %(here)s is its directory, and waits until it answers. */
export function startRealSupervisord(
  python: FoundPython,
  programs: string,
  files: Readonly<Record<string, string>> = {},
): Promise<RealSupervisord> {
  const { supervisord } = python.bin;
  return startServer([supervisord, '-n'], dirname(supervisord), programs, files);
}

/** The same with another supervisor: `argv` takes `-c FILE`, `bin` is put before PATH; `files` go into its directory. */
export async function startServer(
  argv: readonly string[],
  bin: string,
  programs: string,
  files: Readonly<Record<string, string>> = {},
): Promise<RealSupervisord> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-rpc-'));
  const configuration = join(directory, 'supervisord.conf');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const port = await reservePort();
  const unixUrl = `unix://${join(directory, 's.sock')}`;
  writeFileSync(configuration, `${settings(port.port)}\n${programs}`);
  const { id } = await startSupervisor({
    argv: [...argv, '-c', configuration],
    cwd: directory,
    env: {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      LANG: 'C.UTF-8',
      // What the configurations of config-corpus.ts refer to.
      FOO: 'bar',
      PERCENT: '50%',
      RELOADCTL_STATE_DIR: directory,
    },
    user: undefined,
    outputFile: join(directory, 'supervisord.out'),
  });
  const stop = async (): Promise<void> => {
    // All at once: by itself supervisord takes a second for each group, and no grace is owed here.
    await endProcesses([id, ...descendantsOf(id.pid)], 500);
    await port.release();
    rmSync(directory, { recursive: true, force: true });
  };
  const supervisor = createSupervisor({ url: unixUrl });
  try {
    await waitFor('supervisord to answer', async () => {
      const pid = await supervisor.getPid();
      if (!pid.ok) throw new Error(JSON.stringify(pid.error));
      return true;
    });
  } catch (error) {
    await stop();
    throw error;
  } finally {
    supervisor.close();
  }
  const inetUrl = `http://127.0.0.1:${port.port}`;
  return { directory, configuration, unixUrl, inetUrl, pid: id.pid, stop };
}

function settings(port: number): string {
  return `
[supervisord]
logfile=%(here)s/supervisord.log
pidfile=%(here)s/supervisord.pid
childlogdir=%(here)s
identifier=tést <&>
[unix_http_server]
file=%(here)s/s.sock
[inet_http_server]
port=127.0.0.1:${port}
username=${CREDENTIALS.username}
password=${CREDENTIALS.password}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
`;
}
