import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { ListeningHandle } from '../server/open-servers.ts';

interface NetInternals {
  _createServerHandle(
    address: null,
    port: null,
    addressType: null,
    fd: number,
  ): ListeningHandle | number;
}

/**
 * A handle by which Node sends an open listening socket to another process; public Node only sends what it accepts on itself. It must never be closed:
 * the descriptor is somebody else's. Throws when there is no such socket.
 */
export function wrapSocket(fd: number): ListeningHandle {
  const handle = (net as unknown as NetInternals)._createServerHandle(null, null, null, fd);
  if (typeof handle !== 'number') return handle;
  throw new Error(`descriptor ${fd} cannot be handed on: ${getSystemErrorName(handle)}`);
}
