import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Use {
  /** Requests that are not answered yet. */
  open: number;
  /** What had been read from it when the last answer was out. */
  readUntil: number;
}

/** The connections of one server, and what each is used for. */
export class Connections {
  readonly #uses = new Map<Socket, Use>();
  #onQuiet: () => void = () => undefined;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#uses.set(socket, { open: 0, readUntil: socket.bytesRead });
      socket.once('close', () => {
        this.#uses.delete(socket);
        this.#tellWhenQuiet();
      });
    });
    server.on('request', ({ socket }, response) => {
      const use = this.#uses.get(socket);
      if (use === undefined) return;
      use.open += 1;
      response.once('close', () => {
        use.open -= 1;
        use.readUntil = socket.bytesRead;
        this.#tellWhenQuiet();
      });
    });
  }

  get all(): readonly Socket[] {
    return [...this.#uses.keys()];
  }

  /** How many requests of it wait for their answers. */
  openRequests(socket: Socket): number {
    return this.#uses.get(socket)?.open ?? 0;
  }

  /** Whether nothing has been asked by it that is not answered, nor half of a request has come. */
  isIdle(socket: Socket): boolean {
    const use = this.#uses.get(socket);
    return use?.open === 0 && socket.bytesRead === use.readUntil;
  }

  /** Resolves when no request waits for its answer. */
  whenQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      this.#tellWhenQuiet();
    });
  }

  /** From now on somebody else has it. */
  forget(socket: Socket): void {
    this.#uses.delete(socket);
  }

  destroyAll(): void {
    for (const socket of this.#uses.keys()) socket.destroy();
  }

  #tellWhenQuiet(): void {
    if ([...this.#uses.values()].every(({ open }) => open === 0)) this.#onQuiet();
  }
}
