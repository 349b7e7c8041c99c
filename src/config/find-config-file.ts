import { dirname, join, resolve } from 'node:path/posix';
import { EXIT, ReloadctlError } from '../base/errors.ts';
import { err, ok, type Result } from '../base/result.ts';
import { realFiles } from './files.ts';

/** Where to look for a configuration. */
export interface SearchOptions {
  /** The file of `-c`: then nothing is searched. */
  readonly explicit?: string | undefined;
  readonly cwd: string;
  /** The path under which reloadctl was started: supervisor looks beside its own bin directory. */
  readonly binPath: string;
  /** Whether a path exists; the real file system when not given. */
  readonly exists?: (path: string) => boolean;
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
 * The configuration file, as it was given or under the name by which it was found; undefined when there is none, which to a
 * client means the default server. A file that was asked for has to exist.
 */
export function findConfigFile(options: SearchOptions): Result<string | undefined, ReloadctlError> {
  const exists = options.exists ?? ((path) => realFiles.exists(path));
  const { explicit, cwd } = options;
  if (explicit === undefined) {
    return ok(searchedPlaces(options).find((place) => exists(resolve(cwd, place))));
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

/** As {@link findConfigFile} for those who cannot do without one. Throws config-not-found with every searched place. */
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
