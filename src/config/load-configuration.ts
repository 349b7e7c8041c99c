import { ok, type Result } from '../base/result.ts';
import { atOnce, inTurns, type Turns } from '../base/turns.ts';
import { toReloadctlError, type ConfigError } from './config-error.ts';
import { DEFAULT_SERVER_URL, readClientSection } from './sections/client.ts';
import type { ReadContext } from './section-reader.ts';
import { readDaemonSettings, readDaemonUser } from './sections/daemon.ts';
import { readingDocument, type ConfigDocument } from './text/document.ts';
import { environmentNames } from './expansion.ts';
import { readGroups } from './sections/groups.ts';
import { thisHost, type ConfigHost } from './host.ts';
import { readHttpServers } from './sections/http-servers.ts';
import { LayeredNames } from './expansion.ts';
import type { ClientSettings, Configuration } from './program.ts';
import { attachSettings } from './settings/attach-settings.ts';
import { readRpcInterfaces } from './sections/rpc-interfaces.ts';
import { Sections } from './text/sections.ts';

/**
 * Everything that `file` and its includes say. Missing host values are those of this process.
 * Throws a {@link ReloadctlError} of code config-… or settings-invalid.
 */
export function loadConfiguration(file: string, host: Partial<ConfigHost> = {}): Configuration {
  const configuration = readConfiguration(file, thisHost(host));
  if (!configuration.ok) throw toReloadctlError(configuration.error);
  return configuration.value;
}

/** As {@link loadConfiguration}, with the failure as a value, in supervisord's words. */
export function readConfiguration(
  file: string,
  host: ConfigHost,
): Result<Configuration, ConfigError> {
  return atOnce(readingConfiguration(file, host));
}

/** As {@link loadConfiguration}, letting signals and whatever else there is have their turn. */
export async function loadConfigurationInTurns(
  file: string,
  host: Partial<ConfigHost> = {},
  abort?: AbortSignal,
): Promise<Configuration> {
  const configuration = await readConfigurationInTurns(file, thisHost(host), abort);
  if (!configuration.ok) throw toReloadctlError(configuration.error);
  return configuration.value;
}

/** As {@link readConfiguration}, in turns. */
export function readConfigurationInTurns(
  file: string,
  host: ConfigHost,
  abort?: AbortSignal,
): Promise<Result<Configuration, ConfigError>> {
  return inTurns(readingConfiguration(file, host), abort);
}

function* readingConfiguration(
  file: string,
  host: ConfigHost,
): Turns<Result<Configuration, ConfigError>> {
  const document = yield* readingDocument(file, host, { include: true });
  return document.ok ? yield* understandingDocument(document.value, host) : document;
}

/** The sections are read in supervisord's order, so that the same error is reported first. */
export function understandDocument(
  document: ConfigDocument,
  host: ConfigHost,
): Result<Configuration, ConfigError> {
  return atOnce(understandingDocument(document, host));
}

function* understandingDocument(
  document: ConfigDocument,
  host: ConfigHost,
): Turns<Result<Configuration, ConfigError>> {
  const inherited = environmentNames(host.environment);
  const reader = {
    sections: document.sections,
    section: 'supervisord',
    names: new LayeredNames([new Map([['here', document.here]]), inherited]),
    host,
  };
  const daemon = readDaemonSettings(reader);
  if (!daemon.ok) return daemon;
  const { environment } = daemon.value.settings;
  const context: ReadContext = {
    document,
    host,
    environment: new LayeredNames([environmentNames(environment), inherited]),
    daemonEnvironment: environment,
    warnings: [...document.warnings],
  };
  const rpcInterfaces = readRpcInterfaces(context);
  if (!rpcInterfaces.ok) return rpcInterfaces;
  const bareGroups = yield* readGroups(context);
  if (!bareGroups.ok) return bareGroups;
  const httpServers = readHttpServers(context);
  if (!httpServers.ok) return httpServers;
  const user = readDaemonUser(reader, daemon.value.user);
  if (!user.ok) return user;
  const groups = yield* attachSettings(context, bareGroups.value);
  if (!groups.ok) return groups;
  return ok({
    file: document.files[0] ?? document.file,
    files: document.files,
    supervisord: { ...daemon.value.settings, user: user.value },
    groups: groups.value,
    httpServers: httpServers.value,
    rpcInterfaces: rpcInterfaces.value,
    supervisorctl: readClient(document, host),
    warnings: context.warnings,
  });
}

/** [supervisorctl] of the main file alone. Errors in it concern the client, not the supervisor. */
function readClient(document: ConfigDocument, host: ConfigHost): ClientSettings | undefined {
  const sections = new Sections();
  sections.merge(document.statements.filter(({ position }) => position.file === document.file));
  const section = 'supervisorctl';
  if (!sections.has(section)) return undefined;
  const names = new LayeredNames([environmentNames(host.environment)]);
  const read = readClientSection({ sections, section, names, host }, document.here);
  if (!read.ok) return undefined;
  return { ...read.value, serverurl: read.value.serverurl ?? DEFAULT_SERVER_URL };
}
