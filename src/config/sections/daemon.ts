import { resolve } from 'node:path/posix';
import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { readDaemonEnvironment } from './daemon-environment.ts';
import { parseDirectory, parseFilePath, parseUser } from '../host-values.ts';
import { homesOf, type ConfigHost } from '../host.ts';
import {
  key,
  readKeys,
  sectionError,
  type KeyValues,
  type SectionReader,
} from '../section-reader.ts';
import type { DaemonSettings } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import {
  parseBoolean,
  parseByteSize,
  parseInteger,
  parseLogLevel,
  parseOctalNumber,
  parseText,
} from '../option-values.ts';

/** The keys of [supervisord] but for environment. */
export const DAEMON_KEYS = {
  minfds: key(parseInteger, 1024),
  minprocs: key(parseInteger, 200),
  directory: key(parseDirectory, undefined),
  user: key(parseText, undefined),
  umask: key(parseOctalNumber, 0o022),
  logfile: key(parseFilePath, 'supervisord.log'),
  logfile_maxbytes: key(parseByteSize, 50 * 1024 * 1024),
  logfile_backups: key(parseInteger, 10),
  loglevel: key(parseLogLevel, 'info' as const),
  pidfile: key(parseFilePath, 'supervisord.pid'),
  identifier: key(parseText, 'supervisor'),
  nodaemon: key(parseBoolean, false),
  silent: key(parseBoolean, false),
  childlogdir: key(parseDirectory, undefined),
  nocleanup: key(parseBoolean, false),
  strip_ansi: key(parseBoolean, false),
};

/** [supervisord] with its user not yet looked up: supervisord does that last, after every other section. */
export interface ReadDaemonSettings {
  readonly settings: Omit<DaemonSettings, 'user'>;
  readonly user: string | undefined;
}

/** Reads [supervisord]. `reader.names` are `here` and the ENV_ names. */
export function readDaemonSettings(reader: SectionReader): Result<ReadDaemonSettings, ConfigError> {
  if (!reader.sections.has(reader.section)) {
    return sectionError(reader, '.ini file does not include supervisord section');
  }
  const values = readKeys(reader, DAEMON_KEYS);
  if (!values.ok) return values;
  const environment = readDaemonEnvironment(reader);
  if (!environment.ok) return environment;
  return ok({
    settings: toSettings(values.value, Object.fromEntries(environment.value), reader.host),
    user: values.value.user,
  });
}

/** The user of [supervisord], who has to exist. */
export function readDaemonUser(
  reader: SectionReader,
  name: string | undefined,
): Result<DaemonSettings['user'], ConfigError> {
  if (name === undefined) return ok(undefined);
  const user = parseUser(name, reader.host);
  return user.ok
    ? user
    : err(invalid(user.error, reader.sections.get(reader.section, 'user')?.position));
}

function toSettings(
  values: KeyValues<typeof DAEMON_KEYS>,
  environment: Readonly<Record<string, string>>,
  host: ConfigHost,
): Omit<DaemonSettings, 'user'> {
  const absolute = (path: string): string => normalizePath(path, host.cwd, homesOf(host));
  return {
    logfile: values.logfile === 'syslog' ? 'syslog' : absolute(values.logfile),
    logfileMaxBytes: values.logfile_maxbytes,
    logfileBackups: values.logfile_backups,
    loglevel: values.loglevel,
    pidfile: absolute(values.pidfile),
    umask: values.umask,
    directory: values.directory,
    nodaemon: values.nodaemon,
    silent: values.silent,
    minfds: values.minfds,
    minprocs: values.minprocs,
    identifier: values.identifier,
    nocleanup: values.nocleanup,
    childlogdir: values.childlogdir ?? temporaryDirectory(host),
    stripAnsi: values.strip_ansi,
    environment,
  };
}

/** The first of the places where Python looks for a directory for temporary files (tempfile.gettempdir). */
function temporaryDirectory(host: ConfigHost): string {
  const { TMPDIR, TEMP, TMP } = host.environment;
  const places = [TMPDIR, TEMP, TMP, '/tmp', '/var/tmp', '/usr/tmp'].filter(
    (place): place is string => place !== undefined && place !== '',
  );
  const first = places.find((place) => host.files.isDirectory(resolve(host.cwd, place)) === true);
  return resolve(host.cwd, first ?? '.');
}
