import { ok, type Result } from '../base/result.ts';
import { readClientSection, DEFAULT_SERVER_URL } from './sections/client.ts';
import { toReloadctlError, type ConfigError } from './config-error.ts';
import { readDocument, readIncluded, type ConfigDocument } from './text/document.ts';
import { readDaemonEnvironment } from './sections/daemon-environment.ts';
import { environmentNames } from './expansion.ts';
import { thisHost, type ConfigHost } from './host.ts';
import { readHttpServers } from './sections/http-servers.ts';
import { LayeredNames } from './expansion.ts';
import type { ClientSettings, HttpServer } from './program.ts';
import { Sections } from './text/sections.ts';

const SECTION = 'supervisorctl';

/**
 * How to reach the supervisor of `file`: its [supervisorctl], never an included one, and for what
 * is missing there the sections where it listens. Throws a {@link ReloadctlError}.
 */
export function loadClientSettings(file: string, host: Partial<ConfigHost> = {}): ClientSettings {
  const settings = readClientSettings(file, thisHost(host));
  if (!settings.ok) throw toReloadctlError(settings.error);
  return settings.value;
}

/** As {@link loadClientSettings}, with the failure as a value. */
export function readClientSettings(
  file: string,
  host: ConfigHost,
): Result<ClientSettings, ConfigError> {
  const main = readDocument(file, host, { include: false });
  if (!main.ok) return main;
  const reader = {
    sections: main.value.sections.has(SECTION) ? main.value.sections : new Sections(),
    section: SECTION,
    names: new LayeredNames([environmentNames(host.environment)]),
    host,
  };
  const written = readClientSection(reader, main.value.here);
  if (!written.ok) return written;
  const { serverurl, username, password } = written.value;
  if (serverurl !== undefined && username !== undefined && password !== undefined) {
    return ok({ ...written.value, serverurl });
  }
  const servers = readServers(main.value, host);
  if (serverurl !== undefined) {
    // Not what was asked about, only a help: the server's own sections may need more than we know.
    const server = servers.ok
      ? servers.value.find((each) => isServerOf(each, serverurl, host))
      : undefined;
    return ok({ ...written.value, serverurl, ...credentials(written.value, server) });
  }
  if (!servers.ok) return servers;
  const server = preferredServer(servers.value);
  return ok({
    ...written.value,
    serverurl: server === undefined ? DEFAULT_SERVER_URL : urlOf(server),
    ...credentials(written.value, server),
  });
}

/** Where the supervisor of the file listens; includes that cannot be read are left out. */
function readServers(
  main: ConfigDocument,
  host: ConfigHost,
): Result<readonly HttpServer[], ConfigError> {
  const whole = readIncluded(main, host);
  const document = whole.ok ? whole.value : main;
  const inherited = environmentNames(host.environment);
  const daemonEnvironment = readDaemonEnvironment({
    sections: document.sections,
    section: 'supervisord',
    names: new LayeredNames([new Map([['here', document.here]]), inherited]),
    host,
  });
  const own = daemonEnvironment.ok ? Object.fromEntries(daemonEnvironment.value) : {};
  return readHttpServers({
    document,
    host,
    environment: new LayeredNames([environmentNames(own), inherited]),
    daemonEnvironment: own,
    warnings: [],
  });
}

/** The first unix socket, else the last port: what supervisord itself tells its programs. */
function preferredServer(servers: readonly HttpServer[]): HttpServer | undefined {
  return servers.find((server) => server.kind === 'unix') ?? servers.at(-1);
}

function urlOf(server: HttpServer): string {
  return server.kind === 'unix'
    ? `unix://${server.file}`
    : `http://${server.host === '' ? 'localhost' : server.host}:${server.port}`;
}

function isServerOf(server: HttpServer, url: string, host: ConfigHost): boolean {
  if (server.kind === 'unix') return url === `unix://${server.file}`;
  if (!URL.canParse(url)) return false;
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== 'http:' || Number(port === '' ? 80 : port) !== server.port) return false;
  const isHere = isLoopback(hostname) || hostname === host.hostname.toLowerCase();
  return hostname === server.host || (isHere && (server.host === '' || isLoopback(server.host)));
}

function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'].includes(hostname);
}

/** From [supervisorctl], or else from the server's section, unless that has only a hash. */
function credentials(
  written: Pick<ClientSettings, 'username' | 'password'>,
  server: HttpServer | undefined,
): Pick<ClientSettings, 'username' | 'password'> {
  const username = written.username ?? server?.username;
  const password = written.password ?? server?.password;
  const isUsable = server?.password?.startsWith('{SHA}') === false;
  return isUsable && (written.username === undefined || written.username === server.username)
    ? { username, password }
    : { username: written.username, password: written.password };
}
