import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toBytes, type CallGate } from './call-gate.ts';
import type { Connections } from './connections.ts';

/** How long answers without an end may take to end, and halves of requests to become whole, when another daemon takes over. */
const LIMIT_MS = 500;
const LOOK_EVERY_MS = 5;

/** Gives a connection of the server `name` to another process, with a request that was read from it and not carried out. Never rejects. */
export type GiveConnection = (
  name: string,
  connection: Socket,
  unanswered: Buffer,
) => Promise<void>;

/**
 * Gives all connections of servers that take no new ones to another process; calls are held at the gate. What cannot be given within {@link LIMIT_MS}
 * is closed: half of its request or of its answer would be lost.
 */
export async function giveConnections(
  servers: ReadonlyArray<{ readonly name: string; readonly connections: Connections }>,
  gate: CallGate,
  give: GiveConnection,
): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  const isEmpty = (): boolean => servers.every(({ connections }) => connections.all.length === 0);
  for (;;) {
    for (const { name, connections } of servers) {
      for (const socket of connections.all) {
        // The other one may get it later than it is given: what comes until then is not for us to read.
        setReading(socket, false);
        const unanswered = unansweredOf(socket, connections, gate);
        if (unanswered === undefined) {
          setReading(socket, true);
          continue;
        }
        connections.forget(socket);
        await give(name, socket, unanswered);
      }
    }
    if (isEmpty() || performance.now() > endMs) break;
    await sleep(LOOK_EVERY_MS);
  }
  for (const { connections } of servers) connections.destroyAll();
}

/** Undefined where it cannot be told, or not yet. */
function unansweredOf(
  socket: Socket,
  connections: Connections,
  gate: CallGate,
): Buffer | undefined {
  if (connections.isIdle(socket)) return Buffer.alloc(0);
  if (connections.openRequests(socket) !== 1) return undefined;
  const read = gate.waiting.get(socket);
  return read === undefined ? undefined : toBytes(read);
}

/** What libuv reads goes straight to the parser of HTTP: `pause` of a stream does not keep it from that (lib/_http_server.js). */
function setReading(socket: Socket, isReading: boolean): void {
  const { _handle: handle } = socket as unknown as { readonly _handle: ReadingHandle | null };
  if (isReading) handle?.readStart();
  else handle?.readStop();
}

interface ReadingHandle {
  readStart(): void;
  readStop(): void;
}
