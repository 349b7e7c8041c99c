import type { IncomingMessage } from 'node:http';
import type { HeldMemory } from './held-memory.ts';

/** No call of any client is larger. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The body of a request, or the HTTP status with which it is refused. */
type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly status: 400 | 411 | 413 };

/** Reads the body of a request that says how long it is. Never throws. */
export async function readBody(request: IncomingMessage, memory: HeldMemory): Promise<Body> {
  const declared = request.headers['content-length'];
  if (declared === undefined || request.headers['transfer-encoding'] !== undefined) {
    return { ok: false, status: 411 };
  }
  if (Number(declared) > MAX_BODY_BYTES) return { ok: false, status: 413 };
  const hold = memory.hold(0, () => {
    request.socket.destroy();
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      hold.grow(chunk.length);
    }
  } catch {
    // The client went away, or was too slow: nobody is left to be told.
    return { ok: false, status: 400 };
  } finally {
    hold.release();
  }
  return { ok: true, bytes: Buffer.concat(chunks) };
}
