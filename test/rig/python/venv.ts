import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute, lastLine } from './execute.ts';
import { withExclusiveFile } from '../exclusive.ts';
import { findOnPath } from '../on-path.ts';
import { installedIn, type Installed } from './installed.ts';
import { cacheDirectory, isOpenToOthers } from '../place.ts';

const LOCK_CEILING_MS = 600_000;

/** What came of looking for or making a virtual environment. */
export type Made =
  | { readonly ok: true; readonly installed: Installed }
  | {
      readonly ok: false;
      /** The step that failed: no usable python3, `python3 -m venv`, pip, or the packages do not import. */
      readonly failed: 'python' | 'venv' | 'pip' | 'import';
      readonly reason: string;
    };

/** What an environment directory says about itself in stamp.json; it is reused when this is what is asked for. */
interface Stamp {
  readonly wanted: ReadonlyArray<readonly string[]>;
  readonly installed: Installed;
}

/**
 * The virtual environment `name` in the cache, made when it is not there or was made for other packages. `alternatives` are lists
 * of pip requirements: the first that installs and imports on this machine's Python is kept. Several processes may ask
 * at the same time: one makes it, the others wait.
 */
export async function virtualEnvironment(
  name: string,
  alternatives: ReadonlyArray<readonly string[]>,
): Promise<Made> {
  const cache = cacheDirectory('python');
  const link = join(cache, name);
  const ready = readStamp(link, alternatives);
  if (ready !== undefined) return { ok: true, installed: ready };
  return withExclusiveFile(join(cache, `${name}.lock`), LOCK_CEILING_MS, async () => {
    const meanwhile = readStamp(link, alternatives);
    if (meanwhile !== undefined) return { ok: true, installed: meanwhile };
    return make(cache, name, alternatives);
  });
}

function readStamp(
  link: string,
  alternatives: ReadonlyArray<readonly string[]>,
): Installed | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(link, 'stamp.json'), 'utf8')) as Stamp;
    if (JSON.stringify(stamp.wanted) !== JSON.stringify(alternatives)) return undefined;
    readFileSync(stamp.installed.bin.python); // The interpreter below it may have been removed since.
    return stamp.installed;
  } catch {
    return undefined; // Not made yet, or broken: it will be made again.
  }
}

async function make(
  cache: string,
  name: string,
  alternatives: ReadonlyArray<readonly string[]>,
): Promise<Made> {
  const base = await basePython();
  if (base === undefined) {
    return {
      ok: false,
      failed: 'python',
      reason:
        'no python3 with venv and ensurepip on PATH (on Debian: apt-get install python3-venv)',
    };
  }
  await removeLeftovers(cache, name);
  let failure: Made = { ok: false, failed: 'pip', reason: 'nothing to install' };
  for (const requirements of alternatives) {
    // A directory of its own for each attempt: a virtual environment cannot be moved, and this one appears under its name
    // only when it is complete.
    const directory = join(cache, `${name}-${randomBytes(4).toString('hex')}`);
    const made = await install(base, directory, requirements);
    if (made.ok) {
      const stamp: Stamp = { wanted: alternatives, installed: made.installed };
      await writeFile(join(directory, 'stamp.json'), JSON.stringify(stamp, null, 2));
      await symlink(directory, `${directory}.link`);
      await rename(`${directory}.link`, join(cache, name));
      return made;
    }
    await rm(directory, { recursive: true, force: true });
    failure = made;
  }
  return failure;
}

async function install(
  base: string,
  directory: string,
  requirements: readonly string[],
): Promise<Made> {
  const venv = await execute([base, '-m', 'venv', directory]);
  if (venv.code !== 0) {
    return {
      ok: false,
      failed: 'venv',
      reason: `${base} -m venv failed: ${lastLine(venv.stderr || venv.stdout)}`,
    };
  }
  const python = join(directory, 'bin', 'python');
  const options = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const pip = await execute([python, '-m', 'pip', 'install', ...options, ...requirements]);
  if (pip.code !== 0) {
    return {
      ok: false,
      failed: 'pip',
      reason: `pip install ${requirements.join(' ')} failed: ${lastLine(pip.stderr)}`,
    };
  }
  const installed = await installedIn(directory);
  return installed === undefined
    ? {
        ok: false,
        failed: 'import',
        reason: `${requirements.join(' ')} does not import under ${base}`,
      }
    : { ok: true, installed };
}

/** Removes what a killed run left half made and environments that were made for other packages. */
async function removeLeftovers(cache: string, name: string): Promise<void> {
  const leftovers = new RegExp(`^${name}-[0-9a-f]{8}(\\.link)?$`);
  for (const entry of await readdir(cache)) {
    if (leftovers.test(entry)) await rm(join(cache, entry), { recursive: true, force: true });
  }
}

/** A python3 that can make environments; as root one that other users can execute, where there is one. */
async function basePython(): Promise<string | undefined> {
  const usable: string[] = [];
  for (const candidate of findOnPath('python3')) {
    const probe = await execute([
      candidate,
      '-c',
      'import venv, ensurepip, sys; assert sys.version_info >= (3, 8); print(sys.executable)',
    ]);
    if (probe.code === 0) usable.push(probe.stdout.trim());
  }
  return process.getuid?.() === 0
    ? (usable.find((python) => isOpenToOthers(python)) ?? usable[0])
    : usable[0];
}
