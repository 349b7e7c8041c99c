import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top directory of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * A directory for things that are made once and kept: .cache/NAME in the repository. When root runs the tests in a directory that
 * others may not enter, a directory of our own under the system's temporary directory instead, so that tests which
 * become another user can execute what is in it.
 */
export function cacheDirectory(name: 'python' | 'build' | 'servers'): string {
  const directory = join(cacheRoot(), name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return directory;
}

function cacheRoot(): string {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0 || isOpenToOthers(REPOSITORY)) return join(REPOSITORY, '.cache');
  const hash = createHash('sha256').update(REPOSITORY).digest('hex').slice(0, 12);
  const outside = join(tmpdir(), `reloadctl-cache-${uid}-${hash}`);
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  const made = lstatSync(outside);
  if (!made.isDirectory() || made.uid !== uid) {
    throw new Error(`${outside} is not a directory of uid ${uid}: remove it and try again`);
  }
  return outside;
}

/** Whether users other than the owner may reach and read `path`: o+x on every directory above it and o+r on itself. */
export function isOpenToOthers(path: string): boolean {
  try {
    const real = realpathSync(path);
    for (let above = dirname(real); ; above = dirname(above)) {
      if ((statSync(above).mode & 0o001) === 0) return false;
      if (above === dirname(above)) break;
    }
    const own = statSync(real);
    const needed = own.isDirectory() ? 0o005 : 0o004;
    return (own.mode & needed) === needed;
  } catch {
    return false; // Nobody can reach what is not there.
  }
}
