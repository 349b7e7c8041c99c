import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Use {
  /** Requests that are not answered yet. */
  open: number;
  /** What had been read from it when the last answer was out. */
  readUntil: number;
  onIdle?: () => void;
}

/** The connections of one server, and what each is used for. */
export class Connections {
  readonly #uses = new Map<Socket, Use>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#uses.set(socket, { open: 0, readUntil: socket.bytesRead });
      socket.once('close', () => {
        this.#uses.delete(socket);
      });
    });
    server.on('request', ({ socket }, response) => {
      const use = this.#uses.get(socket);
      if (use === undefined) return;
      use.open += 1;
      response.once('close', () => {
        use.open -= 1;
        use.readUntil = socket.bytesRead;
        if (use.open === 0) use.onIdle?.();
      });
    });
  }

  /** Those on which nothing has been asked that is not answered, nor half of a request has come. */
  get idle(): readonly Socket[] {
    return [...this.#uses]
      .filter(([socket, { open, readUntil }]) => open === 0 && socket.bytesRead === readUntil)
      .map(([socket]) => socket);
  }

  /** Whether exactly one request of it waits for its answer. */
  waitsForOne(socket: Socket): boolean {
    return this.#uses.get(socket)?.open === 1;
  }

  /** Resolves when no request but those of `except` waits for its answer. */
  async quiet(except: (socket: Socket) => boolean): Promise<void> {
    const busy = [...this.#uses].filter(([socket, { open }]) => open > 0 && !except(socket));
    await Promise.all(
      busy.map(
        ([, use]) =>
          new Promise<void>((resolve) => {
            use.onIdle = resolve;
          }),
      ),
    );
  }

  /** From now on somebody else has it. */
  forget(socket: Socket): void {
    this.#uses.delete(socket);
  }

  destroyAll(): void {
    for (const socket of this.#uses.keys()) socket.destroy();
  }
}
