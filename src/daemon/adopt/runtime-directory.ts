import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import { readingError } from '../../os/errno.ts';
import { fileNameOf } from '../../os/state-files.ts';
import { prepareDirectory } from '../../os/state-place.ts';

/**
 * The directory beside the pid file for what has to outlive the daemon: the named pipes of the programs, and who they are. Mode 0700.
 */
export interface RuntimeDirectory {
  readonly path: string;
  fifosOf(
    group: string,
    name: string,
  ): { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** Undefined when there is none, or none that can be read. */
  readState(): string | undefined;
  /** Replaces the state in one step. Throws the system error. */
  writeState(text: string): void;
  /** Removes all of it: nothing is left that a next daemon could take over. */
  remove(): void;
}

/** Opens, or makes, the directory that belongs to `pidfile`. The error is a sentence. */
export function openRuntimeDirectory(
  pidfile: string,
  uid: number,
): Result<RuntimeDirectory, string> {
  const prepared = prepareDirectory(`${pidfile}.d`, uid);
  if (!prepared.ok) return prepared;
  const path = prepared.value;
  const state = join(path, 'state.json');
  return ok({
    path,
    fifosOf(group, name) {
      const stem = join(path, fileNameOf(`${group}:${name}`));
      return { stdin: `${stem}.stdin`, stdout: `${stem}.stdout`, stderr: `${stem}.stderr` };
    },
    readState() {
      try {
        return readFileSync(state, 'utf8');
      } catch (error) {
        readingError(error); // Throws what is no system error. Without a state there is nothing to take over.
        return undefined;
      }
    },
    writeState(text) {
      writeFileSync(`${state}.new`, text, { mode: 0o600 });
      renameSync(`${state}.new`, state);
    },
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  });
}
