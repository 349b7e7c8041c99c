import { err, ok, type Result } from '../../base/result.ts';
import type { ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../context.ts';
import { parseOwner } from '../host-values.ts';
import { homesOf } from '../host.ts';
import { key, readKey, sectionError, type SectionReader } from '../section-reader.ts';
import type { HttpServer } from '../program.ts';
import { normalizePath } from '../python/paths.ts';
import { strip } from '../python/text.ts';
import { parseInetAddress, parseOctalNumber, parseText } from '../option-values.ts';

const CREDENTIAL_KEYS = {
  username: key(parseText, undefined),
  password: key(parseText, undefined),
};

/** The keys of [inet_http_server]. */
export const INET_SERVER_KEYS = { port: key(parseInetAddress, undefined), ...CREDENTIAL_KEYS };

/** The keys of [unix_http_server]. */
export const UNIX_SERVER_KEYS = {
  file: key(parseText, undefined),
  ...CREDENTIAL_KEYS,
  chown: key((text, host) => {
    const owner = parseOwner(text, host);
    return owner.ok ? owner : err(`Invalid sockchown value ${text}`);
  }, undefined),
  chmod: key((text) => {
    const mode = parseOctalNumber(text);
    return mode.ok ? mode : err(`Invalid chmod value ${text}`);
  }, 0o700),
};

/**
 * Every section whose name starts with inet_http_server or unix_http_server, whatever follows: first the one kind, then the
 * other, as supervisord opens them.
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
  const address = readKey(reader, 'port', INET_SERVER_KEYS.port);
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
  const file = readKey({ ...reader, names }, 'file', UNIX_SERVER_KEYS.file);
  if (!file.ok) return file;
  if (file.value === undefined) {
    return sectionError(reader, `section [${section}] has no file value`);
  }
  const credentials = readCredentials(reader);
  if (!credentials.ok) return credentials;
  const owner = readKey(reader, 'chown', UNIX_SERVER_KEYS.chown);
  if (!owner.ok) return owner;
  const chmod = readKey(reader, 'chmod', UNIX_SERVER_KEYS.chmod);
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
  const username = readKey(reader, 'username', CREDENTIAL_KEYS.username);
  if (!username.ok) return username;
  const password = readKey(reader, 'password', CREDENTIAL_KEYS.password);
  if (!password.ok) return password;
  if ((username.value === undefined) !== (password.value === undefined)) {
    return sectionError(
      reader,
      `Section [${reader.section}] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified`,
    );
  }
  return ok({ username: username.value, password: password.value });
}
