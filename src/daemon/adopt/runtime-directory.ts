import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { readingError } from '../../os/errno.ts';
import { fileNameOf } from '../../os/state-files.ts';
import {
  chooseStateDirectory,
  inspectDirectory,
  prepareDirectory,
  type StateOwner,
} from '../../os/state-place.ts';

/**
 * The directory for what has to outlive the daemon: the named pipes of the programs, and who they are. Mode 0700. It is beside the pid file, or, where
 * that cannot be trusted, where only the user of the daemon can make one.
 */
export interface RuntimeDirectory {
  readonly path: string;
  /** Why it is not beside the pid file, for the log. */
  readonly news: string | undefined;
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

const WHAT = 'the directory of the daemon';

/** What a daemon that runs, or was killed, has in its directory. */
const STATE = 'state.json';
const CONTROL = 'control';

/** Opens, or makes, the directory that belongs to `pidfile`. The error is a sentence. */
export function openRuntimeDirectory(
  pidfile: string,
  owner: StateOwner,
): Result<RuntimeDirectory, string> {
  const places = placesOf(pidfile, owner);
  // A name that somebody else has had in the meantime may be free by now: what was left is where it was.
  const used = findUsed(places, owner.uid);
  if (used !== undefined) return ok(runtimeDirectory(used, newsOf(used, places, owner.uid)));
  const faults: string[] = [];
  for (const place of places) {
    const prepared = prepareDirectory(place, owner.uid, { what: WHAT });
    if (prepared.ok) {
      const [fault] = faults;
      const news = fault === undefined ? undefined : `${fault}; using ${prepared.value}`;
      return ok(runtimeDirectory(prepared.value, news));
    }
    faults.push(prepared.error);
  }
  return err(faults.join('; '));
}

/** The directory of the daemon that runs with `pidfile`, as its own user or root finds it. */
export function findRuntimeDirectory(pidfile: string, owner: StateOwner): string {
  const places = placesOf(pidfile, owner);
  return findUsed(places, owner.uid) ?? besideOf(pidfile);
}

function besideOf(pidfile: string): string {
  return `${pidfile}.d`;
}

function placesOf(pidfile: string, owner: StateOwner): readonly string[] {
  const name = fileNameOf(resolve(pidfile));
  return [
    besideOf(pidfile),
    ...(owner.uid === 0 ? [join('/run/reloadctl/daemons', name)] : []),
    join(chooseStateDirectory(owner), 'daemons', name),
  ];
}

function findUsed(places: readonly string[], uid: number): string | undefined {
  for (const place of places) {
    const found = inspectDirectory(place, uid, WHAT);
    if (!found.ok) continue;
    if ([STATE, CONTROL].some((name) => existsSync(join(found.value, name)))) return found.value;
  }
  return undefined;
}

function newsOf(used: string, [beside = '']: readonly string[], uid: number): string | undefined {
  const found = inspectDirectory(beside, uid, WHAT);
  if (found.ok && found.value === used) return undefined;
  return found.ok ? `going on in ${used}` : `${found.error}; going on in ${used}`;
}

function runtimeDirectory(path: string, news: string | undefined): RuntimeDirectory {
  const state = join(path, STATE);
  return {
    path,
    news,
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
  };
}
