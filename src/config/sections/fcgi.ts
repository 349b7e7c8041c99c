import { resolve } from 'node:path/posix';
import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import {
  keyError,
  readKey,
  readKeys,
  type KeyValues,
  type SectionReader,
} from '../section-reader.ts';
import type { FcgiSettings } from '../program.ts';
import { repr } from '../python/repr.ts';
import { parsePort } from '../option-values.ts';
import { FCGI_OPTIONS, FCGI_SOCKET, SECTION_OPTIONS } from '../supervisord-options.ts';

const DEFAULT_MODE = 0o700;

/** Reads the keys of [fcgi-program:x] alone. The socket is 'unix:///path' or 'tcp://host:port'. */
export function readFcgi(
  reader: SectionReader,
  programName: string,
): Result<FcgiSettings, ConfigError> {
  const user = readKey(reader, 'user', SECTION_OPTIONS.user);
  if (!user.ok) return user;
  const keys = readKeys(reader, FCGI_OPTIONS);
  if (!keys.ok) return keys;
  const names = reader.names.over(new Map([['program_name', programName]]));
  const socket = readKey({ ...reader, names }, 'socket', FCGI_SOCKET);
  if (!socket.ok) return socket;
  if (socket.value === '') return keyError(reader, 'socket', 'section requires a "socket" line');
  const settings = toSettings(socket.value, keys.value);
  if (!settings.ok) {
    const position = reader.sections.get(reader.section, 'socket')?.position;
    return err(invalid(`${settings.error} in [${reader.section}] socket`, position));
  }
  const { value } = settings;
  const isOtherUser = user.value !== undefined && user.value.uid !== reader.host.uid;
  // The socket of a program with a user belongs to that user, unless the file says otherwise.
  return value.socket.startsWith('unix:') && value.owner === undefined && isOtherUser
    ? ok({ ...value, owner: { uid: user.value.uid, gid: user.value.gid } })
    : ok(value);
}

function toSettings(
  socket: string,
  keys: KeyValues<typeof FCGI_OPTIONS>,
): Result<FcgiSettings, string> {
  const settings = { owner: keys.socket_owner, backlog: keys.socket_backlog };
  if (socket.startsWith('unix://')) {
    const path = socket.slice('unix://'.length);
    if (!path.startsWith('/')) {
      // The shape of these two texts is supervisord's oversight: a tuple, not a formatted message.
      return err(`('Unix socket path %s is not an absolute path', ${repr(path)})`);
    }
    const mode = keys.socket_mode ?? DEFAULT_MODE;
    return ok({ ...settings, socket: `unix://${resolve(path)}`, mode });
  }
  if (settings.owner !== undefined || keys.socket_mode !== undefined) {
    return err('socket_owner and socket_mode params should only be used with a Unix domain socket');
  }
  const [, host, portText] = /^tcp:\/\/([^\s:]+):(\d+)$/.exec(socket) ?? [];
  if (host === undefined || portText === undefined) {
    return err(`('Bad socket format %s', ${repr(socket)})`);
  }
  const port = parsePort(portText);
  if (!port.ok) return port;
  return ok({ ...settings, socket: `tcp://${host.toLowerCase()}:${port.value}`, mode: undefined });
}
