import { Buffer } from 'node:buffer';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpRequest, type AgentOptions } from 'node:http';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { CallLimits } from './call-limits.ts';
import type { Endpoint } from './endpoint.ts';
import { failureOf, isStaleConnection, statusFailure } from './exchange-failure.ts';
import type { RpcFailure } from './supervisor.ts';

/** One HTTP request to a supervisor. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
  /** For messages: the name of the XML-RPC method, or the path. */
  readonly label: string;
  /** For the whole exchange; of a stream, until its headers are there. */
  readonly timeoutMs: number;
  readonly abort?: AbortSignal | undefined;
  /**
   * The request changes nothing: it may use a kept connection, and be sent again if that has
   * closed.
   */
  readonly repeatable: boolean;
}

/** HTTP to one supervisor. Connections are kept open for requests that are repeatable. */
export class Exchanger {
  readonly #endpoint: Endpoint;
  // Without a TLS name the agent would work one out with slow regular expressions.
  readonly #kept = new Agent({ keepAlive: true, servername: '' } as AgentOptions);

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#kept.destroy();
  }

  /** Sends a request and reads the answer, which must have status 200 and at most `maxBytes`. */
  async fetch(exchange: Exchange, maxBytes: number): Promise<Result<Buffer, RpcFailure>> {
    const limits = new CallLimits(exchange.timeoutMs, exchange.abort);
    try {
      const response = await this.#send(exchange, limits);
      if (response.statusCode !== 200) return err(this.#refusal(response));
      const body = await readBody(response, maxBytes);
      // A body without a length ends with its connection, for Node even when we closed that.
      if (limits.cause !== undefined) {
        return err(failureOf(undefined, limits, this.#endpoint, exchange.label));
      }
      if (body === undefined) {
        const detail = `the reply to ${exchange.label} is larger than ${maxBytes} bytes`;
        return err({ kind: 'protocol', url: this.#endpoint.url, detail });
      }
      return ok(body);
    } catch (error) {
      return err(failureOf(error, limits, this.#endpoint, exchange.label));
    } finally {
      limits.release();
    }
  }

  /**
   * Sends a request and passes the answer on piece by piece until the server ends it or `abort`
   * fires. The next piece waits for `onChunk`, so nothing piles up.
   */
  async stream(
    exchange: Exchange,
    onChunk: (chunk: Buffer) => void | Promise<void>,
  ): Promise<Result<'ended', RpcFailure>> {
    const limits = new CallLimits(exchange.timeoutMs, exchange.abort);
    let response: IncomingMessage;
    try {
      response = await this.#send(exchange, limits);
      limits.stopClock();
      if (response.statusCode !== 200) return err(this.#refusal(response));
    } catch (error) {
      limits.release();
      return err(failureOf(error, limits, this.#endpoint, exchange.label));
    }
    const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    try {
      for (;;) {
        let piece: IteratorResult<Buffer, undefined>;
        try {
          piece = await pieces.next();
        } catch (error) {
          return err(failureOf(error, limits, this.#endpoint, exchange.label));
        }
        if (limits.cause !== undefined) {
          return err(failureOf(undefined, limits, this.#endpoint, exchange.label));
        }
        if (piece.done === true) return ok('ended');
        // What onChunk throws is the caller's and goes to the caller.
        await onChunk(piece.value);
      }
    } finally {
      limits.release();
      response.destroy();
    }
  }

  async #send(exchange: Exchange, limits: CallLimits): Promise<IncomingMessage> {
    if (!exchange.repeatable) return await this.#open(exchange, limits, false).response;
    const first = this.#open(exchange, limits, this.#kept);
    try {
      return await first.response;
    } catch (error) {
      if (limits.cause !== undefined || !isStaleConnection(error, first.request)) throw error;
      return await this.#open(exchange, limits, false).response;
    }
  }

  #open(
    exchange: Exchange,
    limits: CallLimits,
    agent: Agent | false,
  ): { request: ClientRequest; response: Promise<IncomingMessage> } {
    const { address, authorization } = this.#endpoint;
    const request = httpRequest({
      ...(address.kind === 'unix'
        ? { socketPath: address.path, host: 'localhost' }
        : { host: address.host, port: address.port }),
      method: exchange.method,
      path: exchange.path,
      agent,
      signal: limits.signal,
      headers: {
        'User-Agent': 'reloadctl',
        Accept: exchange.method === 'POST' ? 'text/xml' : '*/*',
        ...(exchange.body && {
          'Content-Type': 'text/xml',
          'Content-Length': exchange.body.byteLength,
        }),
        ...(authorization !== undefined && { Authorization: authorization }),
      },
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      // Stays as long as the request: a later error is seen by whoever reads the answer.
      request.on('error', reject);
    });
    request.end(exchange.body);
    return { request, response };
  }

  #refusal(response: IncomingMessage): RpcFailure {
    response.destroy();
    return statusFailure(response.statusCode ?? 0, response.statusMessage ?? '', this.#endpoint);
  }
}

/** The whole body, or undefined when it is larger than `maxBytes`. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Leaving the loop destroys the response and with it the connection.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
