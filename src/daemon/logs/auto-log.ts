import { randomInt } from 'node:crypto';
import { open, readdir, unlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { reasonOf } from '../../base/reason-of.ts';
import { errnoOf } from '../../os/errno.ts';
import { inDirectoryOf } from '../../os/guarded-place.ts';

/** Of Python's tempfile, whose names supervisord uses. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789_';

/** What the name of an AUTO log is made of. */
export interface AutoLogName {
  readonly directory: string;
  readonly process: string;
  readonly channel: 'stdout' | 'stderr';
  readonly identifier: string;
}

/**
 * Makes an empty log with a new name, '<directory>/<process>-<channel>---<identifier>-<8 random>.log', mode 0600, and returns its
 * absolute path. Throws the system error.
 */
export async function createAutoLog(name: AutoLogName): Promise<string> {
  for (;;) {
    const random = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    const file = `${name.process}-${name.channel}---${name.identifier}-${random}.log`;
    const path = join(resolve(name.directory), file);
    try {
      await inDirectoryOf(path, async (place) => (await open(place.path, 'wx', 0o600)).close());
      return path;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

/**
 * Removes the AUTO logs that daemons of the same identifier have left behind, and their backups, but for those of `keep`
 * (absolute paths): supervisord does so at its start unless it has nocleanup. What cannot be removed is returned, a text for each.
 */
export async function removeAutoLogs(options: {
  readonly directory: string;
  readonly identifier: string;
  readonly keep: readonly string[];
}): Promise<readonly string[]> {
  const directory = resolve(options.directory);
  const kept = options.keep.map((path) => basename(path));
  const complaints: string[] = [];
  const complain = (what: string, error: unknown): void => {
    complaints.push(`${what}: ${reasonOf(error)}`);
  };
  let names: readonly string[] = [];
  try {
    names = await readdir(directory);
  } catch (error) {
    complain('Could not clear childlog dir', error);
  }
  const marker = `---${options.identifier}-`;
  const leftBehind = names.filter((name) => {
    const at = name.indexOf(marker, 1);
    const end = name.slice(at + marker.length);
    if (at === -1 || !/^[^\s]+\.log(\.\d{1,4})?$/.test(end)) return false;
    return !kept.includes(name.replace(/\.log\.\d+$/, '.log'));
  });
  for (const name of leftBehind) {
    try {
      await inDirectoryOf(join(directory, name), (place) => unlink(place.path));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        complain(`Failed to clean up ${join(directory, name)}`, error);
    }
  }
  return complaints;
}
