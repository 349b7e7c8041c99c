import { execFile } from 'node:child_process';
import { lstatSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { printable } from '../../base/printable.ts';
import { reasonOf } from '../../base/reason-of.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { helperEnvironment } from '../../os/helper-path.ts';

const run = promisify(execFile);

/** Well below the limit of one command line. */
const PATHS_PER_COMMAND = 500;

/**
 * Makes a FIFO with mode 0600 at each path that has none yet; Node has no mkfifo(3), so it is the command, called for many at a time. What
 * else is in a FIFO's place is removed: the directory is ours alone. The error is a sentence.
 */
export async function makeFifos(paths: readonly string[]): Promise<Result<true, string>> {
  const missing = [...new Set(paths)].filter((path) => !isFifo(path));
  for (let start = 0; start < missing.length; start += PATHS_PER_COMMAND) {
    try {
      await run('mkfifo', ['-m', '600', '--', ...missing.slice(start, start + PATHS_PER_COMMAND)], {
        env: helperEnvironment(),
      });
    } catch (error) {
      const said = reasonOf(error);
      return err(`could not make the pipes of the programs: ${printable(said)}`);
    }
  }
  return ok(true);
}

function isFifo(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFIFO() === true) return true;
  if (stats !== undefined) rmSync(path, { recursive: true });
  return false;
}
