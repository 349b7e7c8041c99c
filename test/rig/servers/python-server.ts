import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withExclusiveFile } from '../exclusive.ts';
import { cacheDirectory } from '../place.ts';
import { pythonEnvironment } from '../python.ts';
import { execute, lastLine } from '../python/execute.ts';
import type { ServerSearch } from './found-server.ts';

/** A server of the Python package index. */
export interface PythonServer {
  /** Its name in the cache. */
  readonly name: string;
  /** Requirements of pip. */
  readonly requirements: readonly string[];
  /** The script that pip makes: 'uvicorn'. */
  readonly script: string;
}

const LOCK_CEILING_MS = 600_000;

/** A server in a virtual environment of its own in the cache; some of them are compiled, which takes a minute once. */
export async function findPythonServer(server: PythonServer): Promise<ServerSearch> {
  const directory = join(cacheDirectory('servers'), server.name);
  const found: ServerSearch = {
    ok: true,
    binary: join(directory, 'bin', server.script),
    root: directory,
    environment: {},
  };
  const stamp = join(directory, `complete-${server.requirements.join('-').replace(/\W/g, '_')}`);
  if (existsSync(stamp)) return found;
  return withExclusiveFile(`${directory}.lock`, LOCK_CEILING_MS, async () => {
    if (existsSync(stamp)) return found;
    await rm(directory, { recursive: true, force: true });
    const python = await pythonEnvironment('newest');
    if (!python.ok) return { ok: false, reason: python.reason, isFault: true };
    const venv = await execute([python.bin.python, '-m', 'venv', directory]);
    if (venv.code !== 0) return { ok: false, reason: lastLine(venv.stderr), isFault: true };
    const pip = [join(directory, 'bin', 'python'), '-m', 'pip', 'install', '--quiet'];
    const made = await execute([...pip, '--disable-pip-version-check', ...server.requirements]);
    if (made.code !== 0) {
      const reason = `pip install ${server.requirements.join(' ')}: ${lastLine(made.stderr)}`;
      return { ok: false, reason, isFault: !made.stderr.includes('No matching distribution') };
    }
    await writeFile(`${stamp}.unfinished`, '');
    await rename(`${stamp}.unfinished`, stamp);
    return found;
  });
}
