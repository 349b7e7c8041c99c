import { ok, type Result } from '../../base/result.ts';
import type { ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { homesOf } from '../host.ts';
import { readKey, readKeys, sectionError, type SectionReader } from '../section-reader.ts';
import type { HttpServer } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import { strip } from '../python/text.ts';
import {
  CREDENTIAL_OPTIONS,
  INET_SERVER_OPTIONS,
  UNIX_SERVER_FILE,
  UNIX_SERVER_OPTIONS,
} from '../supervisord-options.ts';

/**
 * Every section whose name starts with inet_http_server, then those with unix_http_server, as
 * supervisord opens them.
 */
export function readHttpServers(context: ReadContext): Result<readonly HttpServer[], ConfigError> {
  const { sections, here } = context.document;
  const servers: HttpServer[] = [];
  for (const section of sections.withPrefix('inet_http_server')) {
    const server = readInetServer(readerOf(context, section, []));
    if (!server.ok) return server;
    servers.push(server.value);
  }
  for (const section of sections.withPrefix('unix_http_server')) {
    const server = readUnixServer(readerOf(context, section, []), here);
    if (!server.ok) return server;
    servers.push(server.value);
  }
  return ok(servers);
}

function readInetServer(reader: SectionReader): Result<HttpServer, ConfigError> {
  const credentials = readCredentials(reader);
  if (!credentials.ok) return credentials;
  const address = readKey(reader, 'port', INET_SERVER_OPTIONS.port);
  if (!address.ok) return address;
  const { section } = reader;
  if (address.value === undefined) {
    return sectionError(reader, `section [${section}] has no port value`);
  }
  return ok({ kind: 'inet', section, ...address.value, ...credentials.value });
}

function readUnixServer(reader: SectionReader, here: string): Result<HttpServer, ConfigError> {
  const { section, host } = reader;
  const names = reader.names.over(new Map([['here', here]]));
  const file = readKey({ ...reader, names }, 'file', UNIX_SERVER_FILE);
  if (!file.ok) return file;
  if (file.value === undefined) {
    return sectionError(reader, `section [${section}] has no file value`);
  }
  const credentials = readCredentials(reader);
  if (!credentials.ok) return credentials;
  const owner = readKey(reader, 'chown', UNIX_SERVER_OPTIONS.chown);
  if (!owner.ok) return owner;
  const chmod = readKey(reader, 'chmod', UNIX_SERVER_OPTIONS.chmod);
  if (!chmod.ok) return chmod;
  return ok({
    kind: 'unix',
    section,
    file: normalizePath(strip(file.value), host.cwd, homesOf(host)),
    chmod: chmod.value,
    owner: owner.value,
    ...credentials.value,
  });
}

function readCredentials(
  reader: SectionReader,
): Result<Pick<HttpServer, 'username' | 'password'>, ConfigError> {
  const credentials = readKeys(reader, CREDENTIAL_OPTIONS);
  if (!credentials.ok) return credentials;
  const { username, password } = credentials.value;
  if ((username === undefined) !== (password === undefined)) {
    return sectionError(
      reader,
      `Section [${reader.section}] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified`,
    );
  }
  return credentials;
}
