import { accessSync, constants, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path/posix';
import { err, ok, type Result } from '../../base/result.ts';
import type { Program } from '../../config/program.ts';
import { repr } from '../../config/python/repr.ts';
import { splitCommand } from '../../config/split-command.ts';
import { readingError } from '../../os/errno.ts';

/** What to execute. */
export interface FoundCommand {
  /** The file, as it was found: it may be relative to the daemon's directory. */
  readonly file: string;
  /** argv[0] is the first word of the command, as it was written. */
  readonly argv: readonly [string, ...string[]];
}

/** Why there is nothing to execute: the fault of startProcess, and supervisord's words, which become the spawn error. */
export interface MissingCommand {
  readonly fault: 'NO_FILE' | 'NOT_EXECUTABLE';
  readonly text: string;
}

/** Where supervisord looks when it has no PATH itself (supervisor/options.py, get_path). */
const DEFAULT_PATH = '/bin:/usr/bin:/usr/local/bin';

/**
 * Finds what a program's command executes, looked up as supervisord does (supervisor/process.py, get_execv_args): in the PATH of the
 * program's own environment, else in `daemonPath`; the first file of that name counts, executable or not.
 */
export function findCommand(
  { command, environment }: Pick<Program, 'command' | 'environment'>,
  daemonPath: string | undefined,
): Result<FoundCommand, MissingCommand> {
  const words = splitCommand(command);
  if (!words.ok) return notExecutable(`can't parse command ${repr(command)}: ${words.error}`);
  const [word, ...rest] = words.value;
  if (word === undefined) return notExecutable('command is empty');
  const ownPath = daemonPath === undefined || daemonPath === '' ? DEFAULT_PATH : daemonPath;
  const found = word.includes('/')
    ? { file: word, stats: statOf(word) }
    : searchPath(word, environment.PATH ?? ownPath);
  if (found?.stats === undefined) {
    return err({ fault: 'NO_FILE', text: `can't find command ${repr(word)}` });
  }
  const { file, stats } = found;
  const obstacle = obstacleOf(file, stats);
  return obstacle === undefined ? ok({ file, argv: [word, ...rest] }) : notExecutable(obstacle);
}

function searchPath(
  word: string,
  path: string,
): { readonly file: string; readonly stats: Stats } | undefined {
  for (const directory of path.split(':')) {
    const file = join(directory === '' ? '.' : directory, word);
    const stats = statOf(file);
    // join() drops the './' that keeps execvp(3) from searching on its own.
    if (stats !== undefined) return { file: file.includes('/') ? file : `./${file}`, stats };
  }
  return undefined;
}

function obstacleOf(file: string, stats: Stats): string | undefined {
  if (stats.isDirectory()) return `command at ${repr(file)} is a directory`;
  if ((stats.mode & 0o111) === 0) return `command at ${repr(file)} is not executable`;
  try {
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (error) {
    readingError(error); // Throws what is no system error.
    return `no permission to run command ${repr(file)}`;
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch (error) {
    readingError(error); // Throws what is no system error. What cannot be looked at is not there, as for supervisord.
    return undefined;
  }
}

function notExecutable(text: string): Result<never, MissingCommand> {
  return err({ fault: 'NOT_EXECUTABLE', text });
}
