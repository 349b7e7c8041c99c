import type { Configuration, HttpServer, Position } from '../../config/program.ts';
import type { Change, Finding, Severity, Trouble } from '../finding.ts';

/** What of the files and sockets was seen. */
export interface FileModes {
  /** Permission bits by path. */
  readonly modes: ReadonlyMap<string, number>;
  /** Passwords as they stand in the files. */
  readonly passwords: ReadonlyArray<{
    readonly value: string;
    readonly position: Position;
    readonly path: string;
  }>;
  readonly positionOf: (section: string) => Position | undefined;
  /** The change that gives a key this value; undefined where the section is in no file. */
  readonly set: (section: string, key: string, value: string) => Change | undefined;
}

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;

/** What concerns the supervisor itself: who may control it, and whether anybody can. */
export function findSupervisorTroubles(
  configuration: Configuration,
  files: FileModes,
): readonly Finding[] {
  return [
    ...findReadablePasswords(files),
    ...configuration.httpServers.flatMap((server) => findOpenServer(server, files)),
    ...findNoControl(configuration, files),
  ];
}

function make(
  severity: Severity,
  trouble: Trouble,
  position: Position | undefined,
  change?: Finding['change'],
): Finding {
  return { severity, program: undefined, position, trouble, change };
}

function findReadablePasswords(files: FileModes): readonly Finding[] {
  const found: Finding[] = [];
  const told = new Set<string>();
  for (const { value, position, path } of files.passwords) {
    const mode = files.modes.get(path) ?? 0;
    // A hash opens a supervisor that expects a clear password: supervisord hashes what it gets.
    const isHashed = value.startsWith('{SHA}');
    if (isHashed || (mode & OTHERS_READ) === 0 || told.has(path)) continue;
    told.add(path);
    found.push(make('error', { code: 'password-readable', path, mode }, position));
  }
  return found;
}

function findOpenServer(server: HttpServer, files: FileModes): readonly Finding[] {
  const position = files.positionOf(server.section);
  if (server.kind === 'unix') {
    if ((server.chmod & OTHERS_WRITE) === 0) return [];
    // A password is asked for on the socket as well.
    if (server.username !== undefined) return [];
    const trouble = { code: 'socket-writable', path: server.file, mode: server.chmod } as const;
    const change = files.set(server.section, 'chmod', '0700');
    return [make('error', trouble, position, change)];
  }
  if (server.username !== undefined) return [];
  const address = `${server.host === '' ? '*' : server.host}:${server.port}`;
  const isLocal = /^(127\.|localhost$|::1$)/.test(server.host);
  return [
    isLocal
      ? make('warning', { code: 'inet-without-password', address }, position)
      : make('error', { code: 'inet-open', address }, position),
  ];
}

function findNoControl(configuration: Configuration, files: FileModes): readonly Finding[] {
  const { httpServers, rpcInterfaces, supervisorctl } = configuration;
  if (httpServers.length === 0) {
    return [make('error', { code: 'no-control', missing: 'server' }, undefined)];
  }
  if (!rpcInterfaces.some(({ name }) => name === 'supervisor')) {
    return [make('error', { code: 'no-control', missing: 'rpc-interface' }, undefined)];
  }
  if (supervisorctl === undefined) return [];
  const servers = httpServers.map((server) =>
    server.kind === 'unix'
      ? `unix://${server.file}`
      : `http://${server.host === '' ? '*' : server.host}:${server.port}`,
  );
  const { serverurl } = supervisorctl;
  const reaches = httpServers.some((server) => reachesServer(serverurl, server));
  return reaches
    ? []
    : [
        make(
          'error',
          { code: 'client-elsewhere', serverurl, servers },
          files.positionOf('supervisorctl'),
        ),
      ];
}

function reachesServer(serverurl: string, server: HttpServer): boolean {
  if (server.kind === 'unix') return serverurl === `unix://${server.file}`;
  if (!URL.canParse(serverurl)) return false;
  const url = new URL(serverurl);
  if (url.protocol !== 'http:' || Number(url.port === '' ? 80 : url.port) !== server.port)
    return false;
  const names = (host: string): string =>
    /^(localhost|127\.0\.0\.1)$/.test(host) ? 'local' : host;
  // A name that is not the address may well be one of this machine's.
  return (
    server.host === '' ||
    server.host === '0.0.0.0' ||
    names(url.hostname) === names(server.host) ||
    /[a-z]/i.test(url.hostname)
  );
}
