import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** No client sends so many requests without waiting for an answer. */
const MAX_WAITING = 64;

/**
 * Has the requests of each connection answered one after the other, in their order: Node gives out all that have come, and the answers to a thousand of
 * them at once could use up the memory. A connection with too many is closed. `answer` never rejects.
 */
export function oneAtATime(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const last = new WeakMap<Socket, Promise<void>>();
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = waiting.get(socket) ?? 0;
    if (count >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    waiting.set(socket, count + 1);
    const turn = (last.get(socket) ?? Promise.resolve()).then(async () => {
      if (!socket.destroyed) await answer(request, response);
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
    });
    last.set(socket, turn);
  };
}
