import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { DaemonControl } from '../../control.ts';
import type { Logger } from '../../logs/logger.ts';
import type { Dispatch } from '../dispatch.ts';
import { answerCall } from './answer-call.ts';
import { answerMainLog, answerProcessLog } from './answer-log.ts';
import { isAuthorized, type Credentials } from './authenticate.ts';
import type { CallGate } from './call-gate.ts';
import { boundConnections } from './bound-connections.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { discardBody } from './read-body.ts';
import { sendBody, sendError } from './responses.ts';

/** A head of a request comes at once, or a program sends it that means no good. */
const HEAD_LIMIT_MS = 15_000;
/** For head and body. */
const REQUEST_LIMIT_MS = 30_000;
const CHECK_LIMITS_EVERY_MS = 5000;
/** A client that takes nothing of its answer for so long is left. */
const UNREAD_LIMIT_MS = 60_000;

/** What a server answers with. */
export interface HttpServerParts {
  readonly control: DaemonControl;
  readonly dispatch: Dispatch;
  /** undefined: anybody may call. */
  readonly credentials: Credentials | undefined;
  readonly logger: Logger;
  /** Requests wait for it. */
  readonly begun: Promise<void>;
  readonly gate: CallGate;
  /** Ends the answers that have no end of their own. */
  readonly until: AbortSignal;
}

/** An HTTP server that does not listen yet: /RPC2, /logtail and /mainlogtail. Nothing that a client sends makes it throw. */
export function createHttpServer(parts: HttpServerParts): Server {
  const server = createServer(
    {
      headersTimeout: HEAD_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      connectionsCheckingInterval: CHECK_LIMITS_EVERY_MS,
      // The shell of supervisorctl keeps its connection for hours and does not try twice.
      keepAliveTimeout: 0,
      // supervisorctl's `tail -f` names no host.
      requireHostHeader: false,
    },
    oneAtATime(async (request, response) => {
      limitReading(response);
      // Without a listener what is written after the client has gone would end the daemon.
      response.on('error', (error) => {
        parts.logger.log('debug', `an answer did not arrive: ${error.message}`);
      });
      await answer(request, response, parts);
    }),
  );
  boundConnections(server);
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpServerParts,
): Promise<void> {
  const { logger, credentials } = parts;
  try {
    if (credentials !== undefined && !isAuthorized(request.headers.authorization, credentials)) {
      await discardBody(request);
      sendError(response, 401, {
        'WWW-Authenticate': 'Basic realm="default"',
        Connection: 'close',
      });
      return;
    }
    await parts.begun;
    await route(request, response, parts);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.log('error', `internal error in answering ${request.method ?? ''}: ${reason}`);
    if (response.headersSent) response.destroy();
    else sendError(response, 500, { Connection: 'close' });
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { control, dispatch, gate, until }: HttpServerParts,
): Promise<void> {
  const url = request.url ?? '';
  // By their beginnings, as supervisord does.
  if (url.startsWith('/RPC2')) {
    await answerCall(request, response, dispatch, gate);
    return;
  }
  if (request.method === 'GET') await gate.enter({ request, body: Buffer.alloc(0) });
  if (url.startsWith('/logtail')) await answerProcessLog(request, response, control, until);
  else if (url.startsWith('/mainlogtail')) await answerMainLog(request, response, control, until);
  else if (request.method !== 'GET') sendError(response, 400, { Connection: 'close' });
  else if (url === '/ok.html') sendBody(response, 'text/html', Buffer.from('OK'));
  else sendError(response, 404);
}

/** The clock runs only while an answer waits for its reader: a call may take as long as it takes. */
function limitReading(response: ServerResponse): void {
  const { socket } = response;
  response.once('prefinish', () => {
    socket?.setTimeout(UNREAD_LIMIT_MS);
  });
  response.once('finish', () => {
    socket?.setTimeout(0);
  });
}
