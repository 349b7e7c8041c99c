import type { ServerResponse } from 'node:http';
import type { HeldMemory } from './held-memory.ts';

/** What is handed to the connection at a time: how it goes on shows whether the client reads. */
const PIECE_BYTES = 256 * 1024;
/** A client that takes nothing of its answer for so long is left. */
const STALL_LIMIT_MS = 30_000;
/** Nor is one waited for that reads more slowly than this over the whole of it. */
const LEAST_BYTES_PER_S = 16 * 1024;

/** Sends a whole answer. Resolves when it is on its way, or the client is gone or was left. Never rejects. */
export async function sendBody(
  response: ServerResponse,
  type: string,
  body: Buffer,
  memory: HeldMemory,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (isGone(response) || response.headersSent) return;
  const leave = (): void => {
    response.destroy();
  };
  const hold = memory.hold(body.length, leave);
  const limitMs = STALL_LIMIT_MS + (body.length / LEAST_BYTES_PER_S) * 1000;
  const whole = setTimeout(leave, limitMs).unref();
  const stall = setTimeout(leave, STALL_LIMIT_MS).unref();
  const closed = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  try {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length, ...headers });
    let at = 0;
    for (; at + PIECE_BYTES < body.length; at += PIECE_BYTES) {
      const isTaken = response.write(body.subarray(at, at + PIECE_BYTES));
      if (!isTaken) await Promise.race([drained(response), closed]);
      if (isGone(response)) return;
      hold.progress();
      stall.refresh();
    }
    response.end(body.subarray(at));
    await closed;
  } finally {
    clearTimeout(whole);
    clearTimeout(stall);
    hold.release();
  }
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
  });
}
