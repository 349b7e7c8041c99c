import { existsSync } from 'node:fs';
import { findOnPath } from './on-path.ts';
import { execute } from './python/execute.ts';
import { isRoot } from './users.ts';

const SUDO = '/usr/bin/sudo';

/** Whether there is a real sudo, which has to be set-user-ID root: where it is missing and we are root, Debian's package is installed. */
export async function hasSudo(): Promise<boolean> {
  if (existsSync(SUDO)) return true;
  const [aptGet] = findOnPath('apt-get');
  if (!isRoot || aptGet === undefined) return false;
  const options = ['--yes', '--quiet', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  const install = ['env', 'DEBIAN_FRONTEND=noninteractive', aptGet, 'install', ...options, 'sudo'];
  if ((await execute(install)).code !== 0) {
    await execute([aptGet, 'update', '--quiet']);
    await execute(install);
  }
  return existsSync(SUDO);
}
