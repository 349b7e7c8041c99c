import type { ClientRequest } from 'node:http';
import { reasonOf } from '../base/reason-of.ts';
import type { CallLimits } from './call-limits.ts';
import type { Endpoint } from './endpoint.ts';
import { printable } from '../base/printable.ts';
import type { RpcFailure } from './supervisor.ts';

/** Texts for the codes that tell a reader something; others are shown as they are. */
const CONNECTION_LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** Why an exchange brought no answer: its limits first, then what the operating system or the HTTP parser said. */
export function failureOf(
  error: unknown,
  limits: Pick<CallLimits, 'cause' | 'timeoutMs'>,
  endpoint: Endpoint,
  label: string,
): RpcFailure {
  const { url } = endpoint;
  if (limits.cause === 'aborted') return { kind: 'aborted' };
  if (limits.cause === 'timeout') {
    return { kind: 'timeout', url, method: label, ms: limits.timeoutMs };
  }
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return { kind: 'refused', url };
  if (endpoint.address.kind === 'unix') {
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'no-socket', url };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied', url };
  }
  return { kind: 'protocol', url, detail: describeError(code, error, label) };
}

/** What a status other than 200 means. */
export function statusFailure(status: number, reason: string, endpoint: Endpoint): RpcFailure {
  if (status === 401) return { kind: 'unauthorized', url: endpoint.url };
  const detail = `HTTP status ${status} ${printable(reason, 80)}`.trimEnd();
  return { kind: 'protocol', url: endpoint.url, status, detail };
}

/** Whether a kept connection had been closed by the server before it could take this request. */
export function isStaleConnection(
  error: unknown,
  request: Pick<ClientRequest, 'reusedSocket'>,
): boolean {
  return request.reusedSocket && CONNECTION_LOST.has(codeOf(error) ?? '');
}

function describeError(code: string | undefined, error: unknown, label: string): string {
  if (code !== undefined && CONNECTION_LOST.has(code)) {
    return `the connection was lost before the reply to ${printable(label)} was complete`;
  }
  if (code?.startsWith('HPE_') === true) {
    return `the reply to ${printable(label)} is not HTTP (${printable(code, 60)})`;
  }
  const text = reasonOf(error);
  return code === undefined || text.includes(code)
    ? printable(text)
    : printable(`${code}: ${text}`);
}

function codeOf(error: unknown): string | undefined {
  // For a name with several addresses Node throws an AggregateError that carries the code of the last attempt.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
