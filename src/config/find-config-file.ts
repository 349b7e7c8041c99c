import { dirname, isAbsolute, join, resolve } from 'node:path/posix';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { err, ok, type Result } from '../base/result.ts';
import { findStranger } from '../os/find-stranger.ts';
import { realFiles } from './text/files.ts';

/** Where to look for a configuration. */
export interface SearchOptions {
  /** The file of `-c`: then nothing is searched. */
  readonly explicit?: string | undefined;
  readonly cwd: string;
  /** The path under which reloadctl was started: supervisor looks beside its own bin directory. */
  readonly binPath: string;
  /** Whether a path exists; the real file system when not given. */
  readonly exists?: (path: string) => boolean;
  /**
   * What others than root may write of a path, where root looks for it. A default is the real one.
   */
  readonly findStranger?: (path: string) => string | undefined;
}

/** The places that are searched, in their order (supervisor/options.py, Options.__init__). */
export function searchedPlaces(options: Pick<SearchOptions, 'binPath'>): readonly string[] {
  const prefix = dirname(dirname(options.binPath));
  return [
    join(prefix, 'etc', 'supervisord.conf'),
    join(prefix, 'supervisord.conf'),
    'supervisord.conf',
    'etc/supervisord.conf',
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
}

/**
 * The configuration file as given or found; undefined when there is none, which to a client means
 * the default server. One that was asked for has to exist; one that root finds has to be root's.
 */
export function findConfigFile(options: SearchOptions): Result<string | undefined, ReloadctlError> {
  const exists = options.exists ?? ((path) => realFiles.exists(path));
  const { explicit, cwd } = options;
  if (explicit === undefined) {
    const found = searchedPlaces(options).find((place) => exists(resolve(cwd, place)));
    const stranger =
      found === undefined || isAbsolute(found)
        ? undefined
        : (options.findStranger ?? findStranger)(resolve(cwd, found));
    return stranger === undefined ? ok(found) : err(untrusted(found ?? '', cwd, stranger));
  }
  return exists(resolve(cwd, explicit))
    ? ok(explicit)
    : err(
        new ReloadctlError(`could not find config file ${explicit}`, {
          code: 'config-not-found',
          exitCode: EXIT.usage,
          hint: `Looked in ${cwd}; name the supervisord.conf with -c FILE.`,
        }),
      );
}

/**
 * Root may be brought into anybody's directory (by sudo): a file there must not have it run things.
 */
function untrusted(place: string, cwd: string, stranger: string): ReloadctlError {
  return new ReloadctlError(
    `${place} in ${cwd} is not used by root: somebody else may write ${stranger}`,
    {
      code: 'config-untrusted',
      exitCode: EXIT.usage,
      hint: `Run it in another directory, or say that this one is meant: -c ${resolve(cwd, place)}.`,
    },
  );
}

/** As {@link findConfigFile}, but throws config-not-found with every searched place. */
export function requireConfigFile(options: SearchOptions): string {
  const found = findConfigFile(options);
  if (!found.ok) throw found.error;
  if (found.value !== undefined) return found.value;
  throw new ReloadctlError(
    `No config file found at default paths (${searchedPlaces(options).join(', ')})`,
    {
      code: 'config-not-found',
      exitCode: EXIT.usage,
      hint: 'Name the supervisord.conf with -c FILE.',
    },
  );
}
