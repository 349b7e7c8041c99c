import { dirname } from 'node:path';
import { builtCli } from '../../../rig/cli.ts';
import type { FoundPython } from '../../../rig/python.ts';
import { startRealSupervisord, startServer, type RealSupervisord } from '../../rpc-supervisord.ts';

/** The supervisors that have to say the same. */
export const SERVERS = ['supervisord', 'reloadctl daemon'] as const;

/** Starts one of {@link SERVERS} with these programs, and `files` by name in its directory, and waits until it answers. */
export async function startOneOf(
  server: (typeof SERVERS)[number],
  python: FoundPython,
  programs: string,
  files: Readonly<Record<string, string>> = {},
): Promise<RealSupervisord> {
  if (server === 'supervisord') return startRealSupervisord(python, programs, files);
  const argv = [process.execPath, await builtCli(), 'daemon', '-n'];
  return startServer(argv, dirname(python.bin.supervisord), programs, files);
}
