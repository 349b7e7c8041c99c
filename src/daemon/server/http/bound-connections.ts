import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** supervisorctl needs one or two, a monitoring system a handful. */
const MAX_CONNECTIONS = 256;

/**
 * Keeps the number of a server's connections bounded. Of those on which no request is being answered the one that is longest so is closed for a
 * new one: whoever opens many can neither lock others out nor use up our descriptors.
 */
export function boundConnections(server: Server): void {
  /** Insertion order is age. */
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    idle.add(socket);
    if (open <= MAX_CONNECTIONS) return;
    const [oldest = socket] = idle;
    oldest.destroy();
    idle.delete(oldest);
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
