import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Of connections by which nothing has come yet that was let in. Each lives until it says who it is, which takes a client no time. */
const MAX_STRANGERS = 128;
/** Of connections that were let in. supervisorctl needs one or two, a monitoring system a handful. */
const MAX_KNOWN = 256;
/** Of these, from one address: the others are for the rest of the world. Peers of a unix socket have no addresses. */
const MAX_FROM_ADDRESS = 192;

interface Peer {
  /** undefined: a unix socket. */
  readonly address: string | undefined;
  /** Requests that have come completely and are not answered. */
  busy: number;
}

/**
 * Keeps the connections of one server bounded, so that whoever opens many can neither lock others out nor use up our descriptors. Strangers have room of their
 * own, in which the newest is always let in, for the oldest one of the address that has the most. Who has been let in is only closed for others who
 * have been, and never while a request of it is being answered.
 */
export class Admission {
  /** In both, insertion order is age; of the known ones, since the last answer. */
  readonly #strangers = new Map<Socket, Peer>();
  readonly #known = new Map<Socket, Peer>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#strangers.set(socket, { address: socket.remoteAddress, busy: 0 });
      socket.once('close', () => {
        this.#strangers.delete(socket);
        this.#known.delete(socket);
      });
      if (this.#strangers.size > MAX_STRANGERS) close(oldest(this.#strangers), this.#strangers);
    });
  }

  /** Takes note that a request of `socket` may be carried out. False when there is no room: every connection is being answered. */
  admit(socket: Socket): boolean {
    const peer = this.#strangers.get(socket);
    if (peer === undefined) return this.#known.has(socket);
    if (!this.#makeRoom(peer)) return false;
    this.#strangers.delete(socket);
    this.#known.set(socket, peer);
    return true;
  }

  /** A request has come completely: until the result is called, the connection is not closed for others. */
  begin(socket: Socket): () => void {
    const peer = this.#known.get(socket);
    if (peer === undefined) return () => undefined;
    peer.busy += 1;
    return () => {
      peer.busy -= 1;
      if (this.#known.delete(socket)) this.#known.set(socket, peer);
    };
  }

  #makeRoom({ address }: Peer): boolean {
    const neighbours = new Map(
      address === undefined
        ? []
        : [...this.#known].filter(([, other]) => other.address === address),
    );
    const crowd = neighbours.size >= MAX_FROM_ADDRESS ? neighbours : this.#known;
    if (crowd === this.#known && this.#known.size < MAX_KNOWN) return true;
    const idle = new Map([...crowd].filter(([, { busy }]) => busy === 0));
    if (idle.size === 0) return false;
    close(oldest(idle), this.#known);
    return true;
  }
}

/** The oldest connection of the address that has the most. */
function oldest(among: ReadonlyMap<Socket, Peer>): Socket | undefined {
  const counts = new Map<string | undefined, number>();
  for (const { address } of among.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...counts.values());
  for (const [socket, { address }] of among) if (counts.get(address) === most) return socket;
  return undefined;
}

function close(socket: Socket | undefined, among: Map<Socket, Peer>): void {
  if (socket === undefined) return;
  among.delete(socket);
  socket.destroy();
}
