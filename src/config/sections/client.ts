import { ok, type Result } from '../../base/result.ts';
import type { ConfigError } from '../config-error.ts';
import { homesOf } from '../host.ts';
import { key, readKey, type SectionReader } from '../section-reader.ts';
import type { ClientSettings } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import { parseText } from '../option-values.ts';

/** The keys of [supervisorctl]. */
export const CLIENT_KEYS = {
  serverurl: key(parseText, undefined),
  prompt: key(parseText, 'supervisor'),
  username: key(parseText, undefined),
  password: key(parseText, undefined),
  history_file: key(parseText, undefined),
};

/** The server that supervisorctl asks when nothing says which. */
export const DEFAULT_SERVER_URL = 'http://localhost:9001';

/** [supervisorctl] as it is written; without serverurl the server has yet to be found. */
export type WrittenClientSettings = Omit<ClientSettings, 'serverurl'> & {
  readonly serverurl: string | undefined;
};

/**
 * Reads the section of `reader`, whose names are the ENV_ names of the client's environment; `here` is the directory of the
 * file. A missing section reads as one without keys.
 */
export function readClientSection(
  reader: SectionReader,
  here: string,
): Result<WrittenClientSettings, ConfigError> {
  const withHere = { ...reader, names: reader.names.over(new Map([['here', here]])) };
  const serverurl = readKey(withHere, 'serverurl', CLIENT_KEYS.serverurl);
  if (!serverurl.ok) return serverurl;
  const prompt = readKey(reader, 'prompt', CLIENT_KEYS.prompt);
  if (!prompt.ok) return prompt;
  const username = readKey(reader, 'username', CLIENT_KEYS.username);
  if (!username.ok) return username;
  const password = readKey(reader, 'password', CLIENT_KEYS.password);
  if (!password.ok) return password;
  const historyFile = readKey(withHere, 'history_file', CLIENT_KEYS.history_file);
  if (!historyFile.ok) return historyFile;
  const absolute = (path: string): string =>
    normalizePath(path, reader.host.cwd, homesOf(reader.host));
  return ok({
    serverurl: serverurl.value?.startsWith('unix://')
      ? `unix://${absolute(serverurl.value.slice('unix://'.length))}`
      : serverurl.value,
    prompt: prompt.value,
    username: username.value,
    password: password.value,
    historyFile:
      historyFile.value === undefined || historyFile.value === ''
        ? undefined
        : absolute(historyFile.value),
  });
}
