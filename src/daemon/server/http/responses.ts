import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';

/** A client that is still sending gets its answer, if it reads it within this time; closing at once would take it away. */
const LINGER_MS = 1000;
const LINGER_BYTES = 1024 * 1024;

/** Sends a small page that says what is wrong. */
export function sendError(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (writeError(response, status, headers)) response.end();
}

/**
 * As {@link sendError}, to somebody whose request is not read: what still comes of it is thrown away for a moment, then the connection is closed. Resolves
 * with that.
 */
export async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (!writeError(response, status, { ...headers, Connection: 'close' })) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS).unref();
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    let bytes = 0;
    request
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > LINGER_BYTES) finish();
      })
      .once('end', finish)
      .once('error', finish)
      .once('close', finish);
  });
  response.end();
}

function writeError(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): boolean {
  if (response.destroyed || response.headersSent) return false;
  const reason = STATUS_CODES[status] ?? 'Error';
  const page = `<html><head><title>Error response</title></head><body><h1>Error response</h1><p>Error code ${status}.<p>Message: ${reason}.</body></html>\n`;
  const length = Buffer.byteLength(page);
  response.writeHead(status, {
    'Content-Type': 'text/html',
    'Content-Length': length,
    ...headers,
  });
  response.write(page);
  return true;
}
