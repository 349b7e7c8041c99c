import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { settleWithin } from '../../os/clock.ts';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import type { Configuration, HttpServer } from '../../config/program.ts';
import { errnoOf } from '../../os/errno.ts';
import type { DaemonControl } from '../daemon.ts';
import type { Logger } from '../logs/logger.ts';
import { defaultServerUrl } from '../spawn/child-environment.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import type { OpenEngine } from './engine.ts';
import { createInProcessSupervisor } from './in-process-supervisor.ts';
import type { Credentials } from './http/authenticate.ts';
import { bindUnixSocket, takeUnixSocket } from './http/bind-unix-socket.ts';
import { CallGate } from './http/call-gate.ts';
import { Connections } from './http/connections.ts';
import { createHttpServer } from './http/create-http-server.ts';
import { HeldMemory } from './http/held-memory.ts';
import { giveConnections, type GiveConnection } from './http/give-connections.ts';

/** How long the last answers may take to reach their readers. */
const CLOSE_LIMIT_MS = 1000;

const IN_USE =
  'Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.';

/** A listening socket as Node hands it to and takes it from another process. */
export interface ListeningHandle {
  readonly fd: number;
}

/** Servers that listen. */
export interface OpenServers {
  /** Begins to answer; requests have been waiting until now. */
  readonly begin: () => void;
  /** Takes no more requests, lets the last answers through, and ends log tails. */
  readonly close: () => Promise<void>;

  /** The listening sockets, each under the name by which another daemon asks {@link openServers} for it. */
  readonly handles: () => ReadonlyMap<string, ListeningHandle>;
  /** From now on calls wait. Resolves with the methods that are still being carried out after `limitMs`. */
  readonly hold: (limitMs: number) => Promise<readonly string[]>;
  /** Lets go on what waits. */
  readonly release: () => void;
  /** Takes no more connections and gives those that there are away, each with what has been asked by it and not been done. */
  readonly leave: (give: GiveConnection) => Promise<void>;
  /** Takes a connection that another daemon has given away. */
  readonly take: (name: string, connection: Socket, unanswered: Buffer) => void;
}

interface OpenServer {
  readonly name: string;
  readonly server: Server;
  readonly connections: Connections;
  readonly listening: Listening;
}

/** How a server came to its socket. */
interface Listening {
  /** Takes its name away. */
  readonly unlink: () => void;
  /** A socket of another daemon: it is listened on when that one has gone. */
  readonly inherited?: ListeningHandle;
}

/**
 * Opens every server of the configuration. Throws a ReloadctlError, with nothing left open, when one cannot be: supervisord exits with 2. `nowS` is
 * seconds since the epoch. `inherited` are listening sockets of another daemon, by the names of {@link OpenServers.handles}.
 */
export async function openServers(
  control: DaemonControl,
  configuration: Pick<Configuration, 'httpServers' | 'rpcInterfaces'>,
  logger: Logger,
  nowS: () => number,
  openEngine?: OpenEngine,
  inherited: ReadonlyMap<string, ListeningHandle> = new Map(),
): Promise<OpenServers> {
  const dispatch = dispatchFor(control, configuration, logger, nowS, openEngine);
  const closing = new AbortController();
  const gate = new CallGate();
  const memory = new HeldMemory();
  let resolveBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    resolveBegun = resolve;
  });
  const opened: OpenServer[] = [];
  const close = async (): Promise<void> => {
    closing.abort();
    gate.release();
    for (const { listening } of opened) listening.unlink();
    await Promise.all(opened.map(({ server, connections }) => closeServer(server, connections)));
  };
  try {
    for (const settings of configuration.httpServers) {
      const name = nameOf(settings);
      const server = createHttpServer({
        control,
        dispatch,
        credentials: credentialsOf(settings),
        logger,
        begun,
        gate,
        memory,
        until: closing.signal,
      });
      const connections = new Connections(server);
      const handle = inherited.get(name);
      const listening =
        handle === undefined
          ? { unlink: await bind(server, settings, logger) }
          : { unlink: takeName(settings), inherited: handle };
      opened.push({ name, server, connections, listening });
      server.on('error', (error) => {
        logger.log('error', `${settings.section}: ${error.message}`); // EMFILE in accept(2), for example.
      });
      if (credentialsOf(settings) === undefined) {
        logger.log(
          'critical',
          `Server '${settings.section}' running without any HTTP authentication checking`,
        );
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    begin() {
      resolveBegun();
      for (const { server, listening } of opened) {
        if (listening.inherited !== undefined) server.listen({ fd: listening.inherited.fd });
      }
    },
    close,
    handles: () =>
      new Map(
        opened.flatMap(({ name, server, listening }) => {
          const handle = handleOf(server) ?? listening.inherited;
          return handle === undefined ? [] : [[name, handle]];
        }),
      ),
    async hold(limitMs) {
      await settleWithin(gate.hold(), limitMs, undefined);
      return gate.running;
    },
    release() {
      gate.release();
    },
    async leave(give) {
      // That of an HTTP server would end the connections on which nothing is being asked.
      for (const { server } of opened) NetServer.prototype.close.call(server);
      closing.abort();
      await giveConnections(opened, gate, give);
    },
    take(name, connection, unanswered) {
      const server = opened.find((each) => each.name === name)?.server;
      if (server === undefined) {
        connection.destroy();
        return;
      }
      if (unanswered.length > 0) connection.unshift(unanswered);
      server.emit('connection', connection);
    },
  };
}

/** A name for the socket of a server, the same as long as its address is the same. */
function nameOf(settings: HttpServer): string {
  return settings.kind === 'unix'
    ? `unix:${settings.file}`
    : `inet:${settings.host}:${settings.port}`;
}

/** Public Node has no way to hand on a listening socket without the server that listens on it; `cluster` uses this field. */
function handleOf(server: Server): ListeningHandle | undefined {
  return (server as unknown as { readonly _handle: ListeningHandle | null })._handle ?? undefined;
}

function takeName(settings: HttpServer): () => void {
  return settings.kind === 'unix' ? takeUnixSocket(settings) : () => undefined;
}

function dispatchFor(
  control: DaemonControl,
  { rpcInterfaces, httpServers }: Pick<Configuration, 'httpServers' | 'rpcInterfaces'>,
  logger: Logger,
  nowS: () => number,
  openEngine: OpenEngine | undefined,
): Dispatch {
  for (const { name, factory } of rpcInterfaces) {
    if (name === 'supervisor') logger.log('info', `RPC interface '${name}' initialized`);
    else logger.log('warn', `RPC interface '${name}' (${factory}) is Python's and not available`);
  }
  const onBug = (method: string, error: unknown): void => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.log('error', `internal error in ${method}: ${reason}`);
  };
  // Whatever clients may call, the engine has the whole of it.
  const own = createDispatch(control, { hasSupervisor: true, nowS, onBug });
  const engine = openEngine?.(createInProcessSupervisor(own, defaultServerUrl(httpServers) ?? ''));
  const hasSupervisor = rpcInterfaces.some(({ name }) => name === 'supervisor');
  return createDispatch(control, { hasSupervisor, nowS, onBug, engine });
}

function credentialsOf({ username, password }: HttpServer): Credentials | undefined {
  // supervisord asks for none when the name is empty.
  if (username === undefined || username === '') return undefined;
  return { username, password: password ?? '' };
}

async function bind(server: Server, settings: HttpServer, logger: Logger): Promise<() => void> {
  try {
    if (settings.kind === 'unix') {
      return await bindUnixSocket(server, settings, process.geteuid?.() ?? -1, {
        onStale: (file) => {
          logger.log('warn', `Unlinking stale socket ${file}`);
        },
        onForeign: (news) => {
          logger.log('warn', news);
        },
      });
    }
    await listenOnPort(server, settings.host, settings.port);
    return () => undefined;
  } catch (error) {
    await closeServer(server);
    throw bindError(error, settings);
  }
}

/** IPv4 only, as supervisord. */
async function listenOnPort(server: Server, host: string, port: number): Promise<void> {
  const { address } = host === '' ? { address: '0.0.0.0' } : await lookup(host, { family: 4 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function bindError(error: unknown, settings: HttpServer): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const where = settings.kind === 'unix' ? settings.file : `${settings.host}:${settings.port}`;
  const message =
    code === 'EADDRINUSE'
      ? IN_USE
      : `Cannot open an HTTP server: ${code} for ${where} of [${settings.section}]`;
  return new ReloadctlError(message, {
    code: 'refused',
    exitCode: EXIT.usage,
    hint: `See who uses ${where}, or change it in [${settings.section}].`,
    cause: error,
  });
}

/** Those that another daemon has handed over are unknown to the server itself: neither its end nor that of Node would wait for their answers, or end them. */
async function closeServer(server: Server, connections?: Connections): Promise<void> {
  if (server.listening) server.close();
  server.closeIdleConnections();
  await settleWithin(connections?.whenQuiet() ?? Promise.resolve(), CLOSE_LIMIT_MS, undefined);
  connections?.destroyAll();
  server.closeAllConnections();
}
