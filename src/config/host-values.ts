import { err, ok, type Result } from '../base/result.ts';
import { homesOf, type ConfigHost } from './host.ts';
import type { LogTarget, SystemUser } from './program.ts';
import { parseInt10 } from './python/integer.ts';
import { directoryOf, expandUser, joinPaths } from './python/paths.ts';

/**
 * Reads a value that depends on the machine; the error is supervisord's (supervisor/datatypes.py).
 */
export type HostParse<T> = (text: string, host: ConfigHost) => Result<T, string>;

/** A path whose directory exists; a bare name is in the current directory. '~' is expanded. */
export const parseFilePath: HostParse<string> = (text, host) => {
  const path = expandUser(text, homesOf(host));
  const directory = directoryOf(path);
  return directory === '' || isDirectory(directory, host)
    ? ok(path)
    : err(`The directory named as part of the path ${text} does not exist`);
};

/** An existing directory; '~' is expanded. */
export const parseDirectory: HostParse<string> = (text, host) => {
  const path = expandUser(text, homesOf(host));
  return isDirectory(path, host) ? ok(path) : err(`${text} is not an existing directory`);
};

/** supervisord asks as root; where we may not look, the answer is taken to be yes. */
function isDirectory(path: string, host: ConfigHost): boolean {
  return path !== '' && host.files.isDirectory(joinPaths(host.cwd, path)) !== false;
}

/** The deprecated way of asking for syslog in the place of a log file. */
export interface SyslogTarget {
  readonly kind: 'syslog';
}

/** The log of a program: none, off, auto, syslog (in any case) or a path; empty means none. */
export const parseLogTarget: HostParse<LogTarget | SyslogTarget> = (text, host) => {
  switch (text.toLowerCase()) {
    case '':
    case 'none':
    case 'off':
      return ok({ kind: 'none' });
    case 'auto':
      return ok({ kind: 'auto' });
    case 'syslog':
      return ok({ kind: 'syslog' });
    default: {
      const path = parseFilePath(text, host);
      return path.ok ? ok({ kind: 'file', path: path.value }) : path;
    }
  }
};

/** A user by name or by number, who has to exist. */
export const parseUser: HostParse<SystemUser> = (text, host) => {
  const id = parseInt10(text);
  const user = host.users.user(id.ok ? { uid: Number(id.value) } : { name: text });
  return user === undefined
    ? err(`Invalid user ${id.ok ? 'id' : 'name'} ${text}`)
    : ok({ name: user.name, uid: user.uid, gid: user.gid });
};

/** USER or USER:GROUP by names or numbers; without a group the group stays as it is. */
export const parseOwner: HostParse<{ readonly uid: number; readonly gid: number | undefined }> = (
  text,
  host,
) => {
  const colon = text.indexOf(':');
  const user = parseUser(colon === -1 ? text : text.slice(0, colon), host);
  if (!user.ok) return err(`Invalid user:group definition ${text}`);
  if (colon === -1) return ok({ uid: user.value.uid, gid: undefined });
  const groupText = text.slice(colon + 1);
  const id = parseInt10(groupText);
  const group = host.users.group(id.ok ? { gid: Number(id.value) } : { name: groupText });
  return group === undefined
    ? err(`Invalid user:group definition ${text}`)
    : ok({ uid: user.value.uid, gid: group.gid });
};
