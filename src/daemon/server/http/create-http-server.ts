import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DaemonControl } from '../../daemon.ts';
import type { Logger } from '../../logs/logger.ts';
import type { Dispatch } from '../dispatch.ts';
import { Admission } from './admission.ts';
import { answerCall } from './answer-call.ts';
import { answerMainLog, answerProcessLog } from './answer-log.ts';
import { isAuthorized, type Credentials } from './authenticate.ts';
import type { CallGate } from './call-gate.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { HeldMemory } from './held-memory.ts';
import { refuse, sendError } from './responses.ts';
import { sendBody } from './send-body.ts';

/** A head of a request comes at once, or a program sends it that means no good. */
const HEAD_LIMIT_MS = 15_000;
/** For head and body. */
const REQUEST_LIMIT_MS = 30_000;
const CHECK_LIMITS_EVERY_MS = 5000;
/** A person follows one log or two; each is an open file. */
const MAX_FOLLOWED = 64;

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
  readonly memory: HeldMemory;
  /** Ends the answers that have no end of their own. */
  readonly until: AbortSignal;
}

/** What the requests of one server share. */
interface Room {
  readonly admission: Admission;
  readonly follows: FollowLimit;
}

/** An HTTP server that does not listen yet: /RPC2, /logtail and /mainlogtail. Nothing that a client sends makes it throw. */
export function createHttpServer(parts: HttpServerParts): Server {
  const server = createServer({
    headersTimeout: HEAD_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    connectionsCheckingInterval: CHECK_LIMITS_EVERY_MS,
    // The shell of supervisorctl keeps its connection for hours and does not try twice.
    keepAliveTimeout: 0,
    // supervisorctl's `tail -f` names no host.
    requireHostHeader: false,
  });
  const room: Room = { admission: new Admission(server), follows: new FollowLimit() };
  const handle = oneAtATime(async (request, response) => {
    // Without a listener what is written after the client has gone would end the daemon.
    response.on('error', (error) => {
      parts.logger.log('debug', `an answer did not arrive: ${error.message}`);
    });
    await answer(request, response, parts, room);
  });
  const turnedAway = new WeakSet<Socket>();
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    // What comes behind a request that was refused costs nothing but its parsing.
    if (turnedAway.has(request.socket)) return;
    if (!isLetIn(request, parts)) turnedAway.add(request.socket);
    handle(request, response);
  };
  server.on('request', receive);
  // Only who is let in is told to go on with the body.
  server.on('checkContinue', (request, response) => {
    if (isLetIn(request, parts)) response.writeContinue();
    receive(request, response);
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpServerParts,
  room: Room,
): Promise<void> {
  const { logger } = parts;
  try {
    if (!isLetIn(request, parts)) {
      await refuse(request, response, 401, { 'WWW-Authenticate': 'Basic realm="default"' });
      return;
    }
    if (!room.admission.admit(request.socket)) {
      await refuse(request, response, 503);
      return;
    }
    protectWhileAnswered(request, response, room.admission);
    await parts.begun;
    await route(request, response, parts, room);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.log('error', `internal error in answering ${request.method ?? ''}: ${reason}`);
    if (response.headersSent) response.destroy();
    else sendError(response, 500, { Connection: 'close' });
  }
}

/** Known from the head alone: nothing of the body of a stranger is waited for. */
function isLetIn(request: IncomingMessage, { credentials }: HttpServerParts): boolean {
  return credentials === undefined || isAuthorized(request.headers.authorization, credentials);
}

/** Whoever lets the rest of its request be waited for has no claim to the connection. */
function protectWhileAnswered(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
): void {
  const begin = (): void => {
    response.once('close', admission.begin(request.socket));
  };
  if (request.complete) begin();
  else request.once('end', begin);
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { control, dispatch, gate, memory, until }: HttpServerParts,
  { follows }: Room,
): Promise<void> {
  const url = request.url ?? '';
  // By their beginnings, as supervisord does.
  if (url.startsWith('/RPC2')) {
    await answerCall(request, response, dispatch, gate, memory);
    return;
  }
  if (request.method !== 'GET') {
    await refuse(request, response, 400);
    return;
  }
  await gate.enter({ request, body: Buffer.alloc(0) });
  if (url.startsWith('/logtail')) {
    await follows.run(response, () => answerProcessLog(request, response, control, until));
  } else if (url.startsWith('/mainlogtail')) {
    await follows.run(response, () => answerMainLog(response, control, until));
  } else if (url === '/ok.html') {
    await sendBody(response, 'text/html', Buffer.from('OK'), memory);
  } else sendError(response, 404);
}

/** How many logs are followed by way of one server. */
class FollowLimit {
  #count = 0;

  async run(response: ServerResponse, follow: () => Promise<void>): Promise<void> {
    if (this.#count >= MAX_FOLLOWED) {
      sendError(response, 503, { Connection: 'close' });
      return;
    }
    this.#count += 1;
    try {
      await follow();
    } finally {
      this.#count -= 1;
    }
  }
}
