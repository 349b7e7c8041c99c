import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { FailureKind, Outcome } from './tally.ts';

/** Where requests go. Only loopback addresses are accepted. */
export interface Endpoint {
  /** 'http://127.0.0.1:8000'; with `socketPath` the host is only a name for the Host header. */
  readonly url: string;
  readonly socketPath?: string | undefined;
}

/** One client: with keep-alive it keeps its connection for the next request, otherwise each request has a connection of its own. */
export class HttpClient {
  readonly #url: URL;
  readonly #socketPath: string | undefined;
  readonly #agent: Agent | false;

  constructor(endpoint: Endpoint, keepAlive: boolean) {
    this.#url = new URL(endpoint.url);
    this.#socketPath = endpoint.socketPath;
    if (
      this.#socketPath === undefined &&
      !['127.0.0.1', '[::1]', 'localhost'].includes(this.#url.hostname)
    ) {
      throw new Error(`${endpoint.url} is not on the loopback interface`);
    }
    this.#agent = keepAlive && new Agent({ keepAlive: true });
  }

  /**
   * GETs `path` and never rejects. `onStale` is called when a reused connection turned out to be closed before any byte of
   * the answer; the request then goes out once more on a fresh connection.
   */
  async get(path: string, timeoutMs: number, onStale: () => void): Promise<Outcome> {
    const giveUpAt = performance.now() + timeoutMs;
    const first = await this.#attempt(path, giveUpAt, this.#agent);
    if (first !== 'stale') return first;
    onStale();
    const second = await this.#attempt(path, giveUpAt, false);
    // A fresh connection is never stale.
    return second === 'stale' ? { kind: 'reset', detail: 'closed without an answer' } : second;
  }

  #attempt(path: string, giveUpAt: number, agent: Agent | false): Promise<Outcome | 'stale'> {
    return new Promise((resolve) => {
      const sent = request({
        host: this.#url.hostname.replace(/^\[|\]$/g, ''),
        port: this.#url.port,
        ...(this.#socketPath !== undefined && { socketPath: this.#socketPath }),
        path,
        agent,
      });
      let bytesBefore = 0;
      const settle = (outcome: Outcome | 'stale'): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(
        () => {
          settle({ kind: 'timeout', detail: 'no complete answer in time' });
          sent.destroy();
        },
        Math.max(0, giveUpAt - performance.now()),
      );
      sent.on('socket', (socket) => (bytesBefore = socket.bytesRead));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        settle(isStale(sent, bytesBefore, error) ? 'stale' : classifyError(error));
      });
      sent.on('response', (response) => {
        readAnswer(response, settle);
      });
      sent.end();
    });
  }
}

// An answer that is cut off ends in 'error' (ECONNRESET), never in 'end'.
function readAnswer(response: IncomingMessage, settle: (outcome: Outcome) => void): void {
  const status = response.statusCode ?? 0;
  response.on('error', (error: NodeJS.ErrnoException) => {
    settle(classifyError(error));
  });
  response.on('end', () => {
    if (status >= 500) settle({ kind: 'status5xx', detail: `status ${status}` });
    else if (status >= 400) settle({ kind: 'status4xx', detail: `status ${status}` });
    else settle({ kind: 'ok', version: String(response.headers['x-version'] ?? '') });
  });
  response.resume();
}

function isStale(sent: ClientRequest, bytesBefore: number, error: NodeJS.ErrnoException): boolean {
  return (
    sent.reusedSocket &&
    sent.socket?.bytesRead === bytesBefore &&
    (error.code === 'ECONNRESET' || error.code === 'EPIPE')
  );
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  // connect(2) on a unix socket whose backlog is full.
  EAGAIN: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

/** The kind of failure that an error of node:http stands for. */
export function classifyError(error: NodeJS.ErrnoException): Outcome {
  const code = error.code ?? '';
  const kind = code.startsWith('HPE_') ? 'reset' : (KINDS[code] ?? 'other');
  return { kind, detail: error.message };
}
