import type { IncomingMessage } from 'node:http';

/** No call of any client is larger. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The body of a request, or the HTTP status with which it is refused. */
type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly status: 400 | 411 | 413 };

/** Reads the body of a request that says how long it is. Never throws. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const declared = request.headers['content-length'];
  if (declared === undefined || request.headers['transfer-encoding'] !== undefined) {
    return { ok: false, status: 411 };
  }
  if (Number(declared) > MAX_BODY_BYTES) return { ok: false, status: 413 };
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // The client went away, or was too slow: nobody is left to be told.
    return { ok: false, status: 400 };
  }
  return { ok: true, bytes: Buffer.concat(chunks) };
}

/** Takes the body in and lets go of it, so that a client that is still sending gets its answer. Never throws. */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded) return;
  await new Promise<void>((resolve) => {
    request
      .once('close', resolve)
      .once('end', resolve)
      .once('error', () => {
        resolve(); // It went away.
      });
    request.resume();
  });
}
