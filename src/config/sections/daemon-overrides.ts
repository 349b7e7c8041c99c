import { err, ok, type Result } from '../../base/result.ts';
import { DAEMON_KEYS } from './daemon.ts';
import { parseDirectory, parseUser, type HostParse } from '../host-values.ts';
import { homesOf, type ConfigHost } from '../host.ts';
import type { DaemonSettings } from '../program.ts';
import { normalizePath } from '../python/paths.ts';

/** The settings of [supervisord] for which supervisord has an option of the command line that takes a value. */
export interface OverrideTexts {
  readonly user?: string;
  readonly umask?: string;
  readonly directory?: string;
  readonly logfile?: string;
  readonly logfileMaxBytes?: string;
  readonly logfileBackups?: string;
  readonly loglevel?: string;
  readonly pidfile?: string;
  readonly identifier?: string;
  readonly childlogdir?: string;
  readonly minfds?: string;
  readonly minprocs?: string;
}

/** A value that was given in the place of one of [supervisord] and cannot be understood; the message is supervisord's. */
export interface BadOverride {
  readonly setting: keyof OverrideTexts;
  readonly message: string;
}

/** The parsers of the values; the user's is looked at apart, since its message stands alone. */
const PARSERS = {
  umask: DAEMON_KEYS.umask.parse,
  directory: DAEMON_KEYS.directory.parse,
  logfile: absolute(DAEMON_KEYS.logfile.parse),
  logfileMaxBytes: DAEMON_KEYS.logfile_maxbytes.parse,
  logfileBackups: DAEMON_KEYS.logfile_backups.parse,
  loglevel: DAEMON_KEYS.loglevel.parse,
  pidfile: absolute(DAEMON_KEYS.pidfile.parse),
  identifier: DAEMON_KEYS.identifier.parse,
  childlogdir: parseDirectory,
  minfds: DAEMON_KEYS.minfds.parse,
  minprocs: DAEMON_KEYS.minprocs.parse,
  user: parseUser,
} satisfies { [Name in keyof OverrideTexts]-?: HostParse<DaemonSettings[Name]> };

/** Reads what the command line has in the place of values of [supervisord], as supervisord does (options.py, ServerOptions). */
export function parseOverrides(
  texts: OverrideTexts,
  host: ConfigHost,
): Result<Partial<DaemonSettings>, BadOverride> {
  const values: Record<string, unknown> = {};
  for (const [name, parse] of Object.entries(PARSERS)) {
    const setting = name as keyof OverrideTexts;
    const text = texts[setting];
    if (text === undefined) continue;
    const parsed = parse(text, host);
    if (!parsed.ok) return err({ setting, message: parsed.error });
    values[setting] = parsed.value;
  }
  // The loop above puts in a value of the right type for each name.
  return ok(values);
}

/** 'syslog' is no path. */
function absolute(parse: HostParse<string>): HostParse<string> {
  return (text, host) => {
    const path = parse(text, host);
    if (!path.ok || path.value === 'syslog') return path;
    return ok(normalizePath(path.value, host.cwd, homesOf(host)));
  };
}
