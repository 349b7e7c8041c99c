import { ok, type Result } from '../../base/result.ts';
import type { ConfigError } from '../config-error.ts';
import { homesOf } from '../host.ts';
import { readKeys, type SectionReader } from '../section-reader.ts';
import type { ClientSettings } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import { CLIENT_OPTIONS, CLIENT_PLACES } from '../supervisord-options.ts';

/** The server that supervisorctl asks when nothing says which. */
export const DEFAULT_SERVER_URL = 'http://localhost:9001';

/** [supervisorctl] as it is written; without serverurl the server has yet to be found. */
export type WrittenClientSettings = Omit<ClientSettings, 'serverurl'> & {
  readonly serverurl: string | undefined;
};

/**
 * Reads the section of `reader`, whose names are those of the client's environment; `here` is the
 * file's directory. A missing section has no keys.
 */
export function readClientSection(
  reader: SectionReader,
  here: string,
): Result<WrittenClientSettings, ConfigError> {
  const withHere = { ...reader, names: reader.names.over(new Map([['here', here]])) };
  const places = readKeys(withHere, CLIENT_PLACES);
  if (!places.ok) return places;
  const keys = readKeys(reader, CLIENT_OPTIONS);
  if (!keys.ok) return keys;
  const { serverurl, history_file: historyFile } = places.value;
  const absolute = (path: string): string =>
    normalizePath(path, reader.host.cwd, homesOf(reader.host));
  return ok({
    ...keys.value,
    serverurl: serverurl?.startsWith('unix://')
      ? `unix://${absolute(serverurl.slice('unix://'.length))}`
      : serverurl,
    historyFile:
      historyFile === undefined || historyFile === '' ? undefined : absolute(historyFile),
  });
}
