import type { Buffer } from 'node:buffer';
import type { EndpointOptions } from './endpoint.ts';
import { parseEndpoint } from './endpoint.ts';
import { Exchanger } from './exchange.ts';
import type { RpcResult } from './supervisor.ts';

/** For the connection and the headers; the stream itself goes on for as long as it likes. */
const HEADERS_TIMEOUT_MS = 10_000;

/** The path under which supervisord's own log is followed. */
export const MAIN_LOG_PATH = '/mainlogtail';

/** The path under which a process's log is followed; `name` is 'name' or 'group:name'. */
export function processLogPath(name: string, channel: 'stdout' | 'stderr'): string {
  return `/logtail/${encodeURIComponent(name)}/${channel}`;
}

/**
 * Follows a log from its last 1024 bytes on; the stream waits while the promise of `onChunk` is
 * pending. Settles with 'aborted', 'ended', or 'protocol' and status 404 for an unknown process or
 * log.
 */
export async function tailLog(
  options: EndpointOptions,
  path: string,
  onChunk: (chunk: Buffer) => void | Promise<void>,
  abort: AbortSignal,
): Promise<RpcResult<'ended'>> {
  const exchanger = new Exchanger(parseEndpoint(options));
  try {
    return await exchanger.stream(
      {
        method: 'GET',
        path,
        label: path,
        timeoutMs: HEADERS_TIMEOUT_MS,
        abort,
        // Keep-alive, since with "Connection: close" supervisord does not chunk and holds 64 KiB
        // back.
        repeatable: true,
      },
      onChunk,
    );
  } finally {
    exchanger.close();
  }
}
