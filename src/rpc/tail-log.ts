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
 * Follows a log: supervisord sends its last 1024 bytes or so and then what is added, for ever. `onChunk` gets the bytes as they
 * come, cut anywhere, and holds the stream up while its promise is pending. Settles with 'aborted' after `abort`, 'ended' when
 * the server closes, and 'protocol' with status 404 for a process or a log that does not exist.
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
        // Also the kept kind of connection: with "Connection: close" supervisord does not chunk and holds 64 KiB back.
        repeatable: true,
      },
      onChunk,
    );
  } finally {
    exchanger.close();
  }
}
