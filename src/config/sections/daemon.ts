import { resolve } from 'node:path/posix';
import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { readDaemonEnvironment } from './daemon-environment.ts';
import { parseUser } from '../option-values.ts';
import { homesOf, type ConfigHost } from '../host.ts';
import { readKeys, sectionError, type KeyValues, type SectionReader } from '../section-reader.ts';
import type { DaemonSettings } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import { DAEMON_OPTIONS } from '../supervisord-options.ts';

/** [supervisord] before its user is looked up, which supervisord does after all other sections. */
export interface ReadDaemonSettings {
  readonly settings: Omit<DaemonSettings, 'user'>;
  readonly user: string | undefined;
}

/** Reads [supervisord]. `reader.names` are `here` and the ENV_ names. */
export function readDaemonSettings(reader: SectionReader): Result<ReadDaemonSettings, ConfigError> {
  if (!reader.sections.has(reader.section)) {
    return sectionError(reader, '.ini file does not include supervisord section');
  }
  const values = readKeys(reader, DAEMON_OPTIONS);
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

type Named = Omit<DaemonSettings, 'user' | 'environment' | 'childlogdir'> & {
  readonly childlogdir: string | undefined;
};

function toSettings(
  values: KeyValues<typeof DAEMON_OPTIONS>,
  environment: Readonly<Record<string, string>>,
  host: ConfigHost,
): Omit<DaemonSettings, 'user'> {
  const absolute = (path: string): string => normalizePath(path, host.cwd, homesOf(host));
  const named = Object.fromEntries(
    Object.entries(DAEMON_OPTIONS).map(([name, { field }]) => [
      field,
      values[name as keyof typeof values],
    ]),
  ) as Named;
  return {
    ...named,
    logfile: named.logfile === 'syslog' ? 'syslog' : absolute(named.logfile),
    pidfile: absolute(named.pidfile),
    childlogdir: named.childlogdir ?? temporaryDirectory(host),
    environment,
  };
}

/** Where Python would put temporary files (tempfile.gettempdir). */
function temporaryDirectory(host: ConfigHost): string {
  const { TMPDIR, TEMP, TMP } = host.environment;
  const places = [TMPDIR, TEMP, TMP, '/tmp', '/var/tmp', '/usr/tmp'].filter(
    (place): place is string => place !== undefined && place !== '',
  );
  const first = places.find((place) => host.files.isDirectory(resolve(host.cwd, place)) === true);
  return resolve(host.cwd, first ?? '.');
}
