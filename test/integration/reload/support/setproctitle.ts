import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../../rig/command.ts';
import { withExclusiveFile } from '../../../rig/exclusive.ts';
import { cacheDirectory } from '../../../rig/place.ts';
import { pythonEnvironment } from '../../../rig/python.ts';

/**
 * A directory for PYTHONPATH that makes gunicorn rewrite its process titles (gunicorn/util.py, _setproctitle), made once. Undefined, with the
 * reason on stderr, where it cannot be installed; an error with CI=true.
 */
export async function setproctitlePath(): Promise<string | undefined> {
  const python = await pythonEnvironment('newest');
  if (!python.ok) return undefined;
  const directory = join(cacheDirectory('python'), 'setproctitle');
  return withExclusiveFile(`${directory}.lock`, 120_000, async () => {
    if (existsSync(directory)) return directory;
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--target'];
    const installed = await runCommand([
      ...([python.bin.python, '-m', 'pip', 'install'] as const),
      ...[...options, unfinished, 'setproctitle'],
    ]);
    if (installed.code === 0) {
      await rename(unfinished, directory);
      return directory;
    }
    const message = `no setproctitle: ${installed.stderr.trim().split('\n').at(-1) ?? ''}`;
    if (process.env.CI === 'true') throw new Error(message);
    console.error(`skipped: ${message}`);
    return undefined;
  });
}
