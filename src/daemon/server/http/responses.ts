import { STATUS_CODES, type ServerResponse } from 'node:http';

/** Sends a whole answer. */
export function sendBody(
  response: ServerResponse,
  type: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    ...headers,
  });
  response.end(body);
}

/** Sends a small page that says what is wrong. */
export function sendError(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const reason = STATUS_CODES[status] ?? 'Error';
  const page = `<html><head><title>Error response</title></head><body><h1>Error response</h1><p>Error code ${status}.<p>Message: ${reason}.</body></html>\n`;
  sendBody(response, 'text/html', Buffer.from(page), headers, status);
}
