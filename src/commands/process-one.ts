import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import { findControlSocket } from './foreground.ts';

/**
 * Why process 1 is no target, and what is one: init, or in a container what stands in front of
 * reloadctl and everything else.
 */
export async function refuseProcessOne(os: Os, label: string): Promise<ReloadctlError> {
  const run = await findRunBehind(os);
  return new ReloadctlError(
    `${label}: process 1 is in front of everything here, and no server itself`,
    {
      code: 'usage',
      exitCode: EXIT.usage,
      hint:
        run === undefined
          ? 'Name the program (`reloadctl status` lists them), or write the pid of the server.'
          : `Write pid:${run}, the reloadctl run behind it; HUP to process 1 reloads as well.`,
    },
  );
}

async function findRunBehind(os: Os): Promise<number | undefined> {
  const children = (await os.processes()).filter(({ ppid }) => ppid === 1);
  for (const child of children) {
    if ((await findControlSocket(os, child)) !== undefined) return child.pid;
  }
  return undefined;
}
