import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** A request that has come completely. */
export interface ReadRequest {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/**
 * What every request passes before it does anything. While it is held, requests wait: they can be let through again, or be given to
 * another process, as nothing of them has been done.
 */
export class CallGate {
  #isHeld = false;
  readonly #waiting = new Map<Socket, { readonly read: ReadRequest; readonly go: () => void }>();
  readonly #running = new Map<symbol, string>();
  #onQuiet: (() => void) | undefined;

  /** What is being carried out: names of methods. */
  get running(): readonly string[] {
    return [...this.#running.values()];
  }

  /** The requests that wait, with the connection that each came by. */
  get waiting(): ReadonlyMap<Socket, ReadRequest> {
    return new Map([...this.#waiting].map(([socket, { read }]) => [socket, read]));
  }

  /** Resolves when the request may be carried out. */
  async enter(read: ReadRequest): Promise<void> {
    const { socket } = read.request;
    while (this.#isHeld) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(socket, { read, go: resolve });
        socket.once('close', resolve);
      });
      this.#waiting.delete(socket);
      if (socket.destroyed) return;
    }
  }

  /** Carries out `work`, called `name`. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const key = Symbol(name);
    this.#running.set(key, name);
    try {
      return await work();
    } finally {
      this.#running.delete(key);
      if (this.#running.size === 0) this.#onQuiet?.();
    }
  }

  /** From now on requests wait. Resolves when nothing is being carried out. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    // What has passed just now has not begun yet.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  /** Lets through what waits. */
  release(): void {
    this.#isHeld = false;
    this.#onQuiet = undefined;
    for (const { go } of this.#waiting.values()) go();
  }
}

/** The bytes of a request, to be read once more by somebody else. */
export function toBytes({ request, body }: ReadRequest): Buffer {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
