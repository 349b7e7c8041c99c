import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import { EXIT, ReloadctlError } from '../../base/errors.ts';
import type { Configuration, HttpServer } from '../../config/program.ts';
import { errnoOf } from '../../os/errno.ts';
import type { DaemonControl } from '../control.ts';
import type { Logger } from '../logs/logger.ts';
import { defaultServerUrl } from '../spawn/child-environment.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import type { OpenEngine } from './engine.ts';
import { createInProcessSupervisor } from './in-process-supervisor.ts';
import type { Credentials } from './http/authenticate.ts';
import { bindUnixSocket } from './http/bind-unix-socket.ts';
import { createHttpServer } from './http/create-http-server.ts';

/** How long the last answers may take to reach their readers. */
const CLOSE_LIMIT_MS = 1000;

const IN_USE =
  'Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.';

/** Servers that listen. */
export interface OpenServers {
  /** Begins to answer; requests have been waiting until now. */
  readonly begin: () => void;
  /** Takes no more requests, lets the last answers through, and ends log tails. */
  readonly close: () => Promise<void>;
}

/**
 * Opens every server of the configuration. Throws a ReloadctlError, with nothing left open, when one cannot be: supervisord exits with 2. `nowS` is
 * seconds since the epoch.
 */
export async function openServers(
  control: DaemonControl,
  configuration: Pick<Configuration, 'httpServers' | 'rpcInterfaces'>,
  logger: Logger,
  nowS: () => number,
  openEngine?: OpenEngine,
): Promise<OpenServers> {
  const dispatch = dispatchFor(control, configuration, logger, nowS, openEngine);
  const closing = new AbortController();
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const opened: Array<{ readonly server: Server; readonly unlink: () => void }> = [];
  const close = async (): Promise<void> => {
    closing.abort();
    for (const { unlink } of opened) unlink();
    await Promise.all(opened.map(({ server }) => closeServer(server)));
  };
  try {
    for (const settings of configuration.httpServers) {
      const server = createHttpServer({
        control,
        dispatch,
        credentials: credentialsOf(settings),
        logger,
        begun,
        until: closing.signal,
      });
      const unlink = await bind(server, settings, control.pid, logger);
      opened.push({ server, unlink });
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
  return { begin, close };
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

async function bind(
  server: Server,
  settings: HttpServer,
  pid: number,
  logger: Logger,
): Promise<() => void> {
  try {
    if (settings.kind === 'unix') {
      return await bindUnixSocket(server, settings, pid, (file) => {
        logger.log('warn', `Unlinking stale socket ${file}`);
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

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const limit = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_LIMIT_MS);
  await closed;
  clearTimeout(limit);
}
