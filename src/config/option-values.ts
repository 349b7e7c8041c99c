import { constants } from 'node:os';
import { err, ok, type Result } from '../base/result.ts';
import { signalName } from '../os/signals.ts';
import { homesOf, type ConfigHost } from './host.ts';
import { parseInt10, parseOctal } from './python/integer.ts';
import { directoryOf, expandUser, joinPaths, normalizePath } from './python/paths.ts';
import { repr } from './python/repr.ts';
import { strip } from './python/text.ts';

/** A value's text to a value; the error is supervisord's (supervisor/datatypes.py). */
export type Parse<T> = (text: string) => Result<T, string>;

const TRUTHY: ReadonlySet<string> = new Set(['yes', 'true', 'on', '1']);
const FALSY: ReadonlySet<string> = new Set(['no', 'false', 'off', '0']);

/** yes/true/on/1 or no/false/off/0 in any case. */
export const parseBoolean: Parse<boolean> = (text) => {
  const word = text.toLowerCase();
  if (TRUTHY.has(word)) return ok(true);
  return FALSY.has(word) ? ok(false) : err(`not a valid boolean value: ${repr(text)}`);
};

/** A whole number as Python's int() reads it. */
export const parseInteger: Parse<number> = (text) => {
  const read = parseInt10(text);
  return read.ok ? ok(Number(read.value)) : read;
};

/** An octal number, '022' and '0o22' alike. */
export const parseOctalNumber: Parse<number> = (text) => {
  const value = parseOctal(text);
  return value === undefined ? err(`${text} can not be converted to an octal type`) : ok(value);
};

const BYTES: Readonly<Record<string, number>> = {
  kb: 1024,
  mb: 1024 * 1024,
  gb: 1024 * 1024 * 1024,
};

/** Bytes, with KB, MB or GB in any case. The error omits the suffix, as supervisord's does. */
export const parseByteSize: Parse<number> = (text) => {
  const lower = text.toLowerCase();
  const factor = BYTES[lower.slice(-2)];
  const read = parseInteger(factor === undefined ? lower : lower.slice(0, -2));
  return read.ok ? ok(read.value * (factor ?? 1)) : read;
};

/** The text between commas, trimmed; nothing at all is an empty list. */
export function splitList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map(strip);
}

/** Exit statuses between commas, 0 to 255. */
export const parseExitCodes: Parse<readonly number[]> = (text) => {
  if (text === '') return ok([]);
  const codes: number[] = [];
  for (const part of text.split(',')) {
    const code = parseInteger(part);
    if (!code.ok || code.value < 0 || code.value > 255) {
      return err(`not a valid list of exit codes: ${repr(text)}`);
    }
    codes.push(code.value);
  }
  return ok(codes);
};

/** A boolean or 'unexpected'. */
export const parseAutorestart: Parse<boolean | 'unexpected'> = (text) => {
  const word = text.toLowerCase();
  if (word === 'unexpected') return ok(word);
  const flag = parseBoolean(word);
  return flag.ok ? flag : err(`invalid 'autorestart' value ${repr(word)}`);
};

/** The names of Python's signal module: Node's and three more (numbers of Linux). */
const SIGNALS: Readonly<Record<string, number | undefined>> = {
  ...constants.signals,
  SIGCLD: 17,
  SIGRTMIN: 34,
  SIGRTMAX: 64,
};
const VALID_WITHOUT_NAME: ReadonlySet<number> = new Set([0, 34, 64]);

/** The number of a signal: its name, with or without SIG, or a number that Python knows. */
export const parseSignal: Parse<number> = (text) => {
  const read = parseInt10(text);
  if (read.ok) {
    const number = Number(read.value);
    return VALID_WITHOUT_NAME.has(number) || signalName(number) !== undefined
      ? ok(number)
      : err(`value ${repr(text)} is not a valid signal number`);
  }
  const bare = strip(text).toUpperCase();
  const name = bare.startsWith('SIG') ? bare : `SIG${bare}`;
  const number = SIGNALS[name];
  return number === undefined ? err(`value ${repr(text)} is not a valid signal name`) : ok(number);
};

/** The levels of supervisord's own log. */
export const LOG_LEVELS = [
  'critical',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'blather',
] as const;

/** One of {@link LOG_LEVELS}, in any case. */
export const parseLogLevel: Parse<(typeof LOG_LEVELS)[number]> = (text) => {
  const level = LOG_LEVELS.find((each) => each === text.toLowerCase());
  return level === undefined ? err(`bad logging level name ${repr(text)}`) : ok(level);
};

const PORTS = { lowest: 1n, highest: 65535n };

/** A TCP port. */
export const parsePort: Parse<number> = (text) => {
  const read = parseInt10(text);
  if (!read.ok) return read;
  if (read.value < PORTS.lowest) {
    return err(`${read.value.toString()} is below lower bound (${PORTS.lowest.toString()})`);
  }
  if (read.value > PORTS.highest) {
    return err(`${read.value.toString()} is above upper bound (${PORTS.highest.toString()})`);
  }
  return ok(Number(read.value));
};

/** PORT, HOST:PORT, *:PORT or :PORT; host '' is every interface. */
export const parseInetAddress: Parse<{ readonly host: string; readonly port: number }> = (text) => {
  const colon = text.lastIndexOf(':');
  if (colon === -1) {
    const port = parsePort(text);
    // The space at the end is in supervisord's text.
    return port.ok
      ? ok({ host: '', port: port.value })
      : err(`not a valid port number: ${repr(text)} `);
  }
  const portText = text.slice(colon + 1);
  if (portText === '') return err(`no port number specified in ${repr(portText)}`);
  const port = parsePort(portText);
  if (!port.ok) return port;
  const host = text.slice(0, colon).toLowerCase();
  return ok({ host: host === '*' ? '' : host, port: port.value });
};

/** Any text as it is. */
export const parseText: Parse<string> = (text) => ok(text);

/** A value's text to a value that depends on the machine; the error is supervisord's (supervisor/datatypes.py). */
export type HostParse<T> = (text: string, host: ConfigHost) => Result<T, string>;

/** A path whose directory exists; a bare name is in the current directory. '~' is expanded, the rest is left as it is. */
export const parseFilePath: HostParse<string> = (text, host) => {
  const path = expandUser(text, homesOf(host));
  const directory = directoryOf(path);
  return directory === '' || isDirectory(directory, host)
    ? ok(path)
    : err(`The directory named as part of the path ${text} does not exist`);
};

/** As {@link parseFilePath}, made absolute. */
export const parseAbsolutePath: HostParse<string> = (text, host) => {
  const path = parseFilePath(text, host);
  return path.ok ? ok(normalizePath(path.value, host.cwd, homesOf(host))) : path;
};

/** An absolute path, or 'syslog'. */
export const parseDaemonLog: HostParse<string> = (text, host) =>
  text === 'syslog' ? ok(text) : parseAbsolutePath(text, host);

/** An existing directory; '~' is expanded. */
export const parseDirectory: HostParse<string> = (text, host) => {
  const path = expandUser(text, homesOf(host));
  return isDirectory(path, host) ? ok(path) : err(`${text} is not an existing directory`);
};

/** supervisord asks as root; where we may not look, the answer is taken to be yes. */
function isDirectory(path: string, host: ConfigHost): boolean {
  return path !== '' && host.files.isDirectory(joinPaths(host.cwd, path)) !== false;
}

/** A log of a program: none, named by the supervisor, or a file as written (relative to the supervisor's directory). */
export type LogTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'auto' }
  | { readonly kind: 'file'; readonly path: string };

/** The deprecated way of asking for syslog in the place of a log file. */
export interface SyslogTarget {
  readonly kind: 'syslog';
}

/** The log of a program: none, off, auto, syslog (in any case) or a path; no text at all is no log. */
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

/** A user= value, looked up. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
}

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
