import { request as requestHttp } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { printable } from '../base/printable.ts';
import { LONGEST_TIMER_MS } from './clock.ts';
import { errnoOf } from './errno.ts';
import type { Files } from './files.ts';
import type { HttpHow, HttpProbe } from './os.ts';

/** A health page is small; what is longer is cut. */
const MAX_BODY_BYTES = 64 * 1024;

/** Where a URL leads, in the terms of node:http. */
export interface HttpTarget {
  readonly secure: boolean;
  readonly options: RequestOptions;
}

/** What is sent: a GET, or a POST of a JSON document. */
export interface HttpSending extends HttpHow {
  readonly json?: string;
}

/**
 * GETs `url`, or POSTs to it, within `timeoutMs`, body included (at most 64 KiB); unix sockets through `files`. No
 * redirects, no proxies. Every failure is a text for one line.
 */
export async function probeHttp(
  url: string,
  timeoutMs: number,
  files: Pick<Files, 'connect'>,
  abort?: AbortSignal,
  how: HttpSending = {},
): Promise<HttpProbe> {
  const target = parseTarget(url);
  if (target === undefined) {
    return {
      ok: false,
      error: `not a URL of http:, https: or unix:/path[:/uri]: ${printable(url)}`,
    };
  }
  const { socketPath = how.through, ...options } = target.options;
  const headers = headersOf(target, how);
  const connected = typeof socketPath === 'string' ? await files.connect(socketPath) : undefined;
  if (connected?.ok === false) {
    const error = printable(`connect ${connected.error} ${socketPath ?? ''}`, 300);
    return { ok: false, error, ...whetherNobody(connected.error, false) };
  }
  // Without an agent, which would make a connection of its own.
  const through =
    connected === undefined ? {} : { agent: undefined, createConnection: () => connected.value };
  return new Promise((resolve) => {
    const finish = (probe: HttpProbe): void => {
      clearTimeout(timer);
      abort?.removeEventListener('abort', onAbort);
      resolve(probe);
      request.destroy();
      connected?.value.destroy();
    };
    const fail = (error: string, code?: string): void => {
      const isConnected = connected !== undefined || status !== undefined || hasConnected;
      finish({ ok: false, error, ...whetherNobody(code, isConnected) });
    };
    const onAbort = (): void => {
      fail('aborted');
    };
    let status: number | undefined;
    let hasConnected = false;
    const timer = setTimeout(
      () => {
        const seen =
          status === undefined ? 'no answer' : `status ${status}, but no end of the body`;
        fail(`${seen} within ${timeoutMs} ms`);
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    const request = (target.secure ? requestHttps : requestHttp)(
      { ...options, headers, ...through, method: how.json === undefined ? 'GET' : 'POST' },
      (response) => {
        status = response.statusCode ?? 0;
        collectBody(response, (body) => {
          finish({ ok: true, status: status ?? 0, body });
        });
        response.on('error', (error) => {
          fail(explainHttpError(error));
        });
      },
    );
    request.on('error', (error) => {
      fail(explainHttpError(error), errnoOf(error));
    });
    request.on('socket', (socket) => {
      socket.once(target.secure ? 'secureConnect' : 'connect', () => (hasConnected = true));
    });
    request.end(how.json);
    if (abort?.aborted) onAbort();
    else abort?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Reads 'http://…', 'https://…', 'unix:/path/to.sock:/uri' and 'unix:/path/to.sock' (asks for '/').
 * The first ':/' ends the socket's path, as in nginx. Undefined for anything else.
 */
export function parseTarget(url: string): HttpTarget | undefined {
  const common = { agent: false, headers: { 'user-agent': 'reloadctl', accept: '*/*' } } as const;
  const [, socketPath, uri = '/'] = /^unix:(\/[^\0]*?)(?::(\/.*))?$/.exec(url) ?? [];
  if (socketPath !== undefined) {
    const headers = { ...common.headers, host: 'localhost' };
    // Node throws for what has to be percent-encoded in a request line.
    return /[^\x21-\x7e]/.test(uri)
      ? undefined
      : { secure: false, options: { ...common, headers, socketPath, path: uri } };
  }
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, search, username, password } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return {
    secure: protocol === 'https:',
    options: {
      ...common,
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      path: `${pathname}${search}`,
      ...(port === '' ? {} : { port }),
      ...(username === '' && password === ''
        ? {}
        : { auth: `${decode(username)}:${decode(password)}` }),
    },
  };
}

/** What a server that is only too busy leads to as well. */
const MAY_BE_BUSY: ReadonlySet<string> = new Set(['EAGAIN', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** Whether an error says that no HTTP server is there. Nothing that speaks it answers what llhttp cannot parse (HPE_…). */
function whetherNobody(code: string | undefined, isConnected: boolean): { isNobodyThere?: true } {
  if (code === undefined || MAY_BE_BUSY.has(code)) return {};
  return !isConnected || code.startsWith('HPE_') ? { isNobodyThere: true } : {};
}

/** Those of the caller go before our own, whatever the case of their names. */
function headersOf(
  { options }: HttpTarget,
  { host, headers = [], json }: HttpSending,
): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = { ...(options.headers as OutgoingHttpHeaders) };
  if (host !== undefined) all.host = host;
  if (json !== undefined) {
    all['content-type'] = 'application/json';
    all['content-length'] = Buffer.byteLength(json);
  }
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    const before = headers.filter((each) => each.name.toLowerCase() === key);
    all[key] = before.length > 1 ? before.map((each) => each.value) : value;
  }
  return all;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A '%' that is part of the password itself.
  }
}

function collectBody(response: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = (): void => {
    done(Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8'));
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_BODY_BYTES) finish();
  });
  response.on('end', finish);
}

/**
 * The message of an error. One that stands for several (both addresses refused) has none itself.
 */
export function explainHttpError(error: Error): string {
  const parts = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return printable(parts.map((part) => part.message).join('; '), 300);
}
