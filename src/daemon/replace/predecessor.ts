import { Socket } from 'node:net';
import { VERSION } from '../../base/version.ts';
import type { ListeningHandle } from '../server/open-servers.ts';
import type { HandedSocket } from '../sockets/socket-registry.ts';
import {
  DETACHED,
  HANDOVER_PROTOCOL,
  HANDOVER_VARIABLE,
  type NewSays,
  type OldSays,
} from './handover.ts';

/** What the daemon before us gives us before we begin. */
export interface Offer {
  readonly pid: number;
  readonly isDetached: boolean;
  readonly sockets: ReadonlyMap<string, ListeningHandle>;
}

/** A connection of a client that the daemon before us had, and the request on it that it had read. */
export interface HandedConnection {
  readonly name: string;
  readonly socket: Socket;
  readonly unanswered: Buffer;
}

/** As in listenForSignals; with USR2 the logs are opened anew, which they are just now. */
const MEANINGS = [
  ['SIGTERM', 'shutdown'],
  ['SIGINT', 'shutdown'],
  ['SIGQUIT', 'shutdown'],
  ['SIGHUP', 'restart'],
  ['SIGUSR2', undefined],
] as const;

/** The daemon from which we are to take over, as we see it. */
export class Predecessor {
  readonly connections: HandedConnection[] = [];
  readonly programSockets: HandedSocket[] = [];
  readonly #sockets = new Map<string, ListeningHandle>();
  #offer: Extract<OldSays, { say: 'offer' }> | undefined;
  #wish: 'shutdown' | 'restart' | undefined;
  readonly #handlers = MEANINGS.map(([signal, wish]) => {
    const handler = (): void => {
      if (wish !== undefined) this.#note(wish);
    };
    return [signal, handler] as const;
  });
  #hasSaidGo = false;
  #isGone = false;
  #onNews: () => void = () => undefined;

  /** Whether it ran in the background; known before it has said anything. */
  readonly isDetached: boolean;

  constructor(isDetached: boolean) {
    this.isDetached = isDetached;
    // It may have died before we could listen.
    this.#isGone = !process.connected;
    process.on('message', (message: OldSays, handle: unknown) => {
      this.#hear(message, handle);
      this.#onNews();
    });
    process.once('disconnect', () => {
      this.#isGone = true;
      this.#onNews();
    });
  }

  /** What it was asked for while it handed over, or we by a signal since. From now on signals do what they always do. */
  takeWish(): 'shutdown' | 'restart' | undefined {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    return this.#wish;
  }

  /** Undefined when it ends before it has offered everything: then there is nobody to take over from, and nobody who supervises. */
  async offer(): Promise<Offer | undefined> {
    await tell({ say: 'hello', protocol: HANDOVER_PROTOCOL, version: VERSION });
    await this.#until(
      () => this.#offer !== undefined && this.#sockets.size === this.#offer.sockets,
    );
    if (this.#offer === undefined || this.#sockets.size < this.#offer.sockets) {
      return undefined;
    }
    const { pid, isDetached } = this.#offer;
    return { pid, isDetached, sockets: this.#sockets };
  }

  /** Says that all is prepared. Resolves when it is our turn: true when it was handed to us, false when the other has died. */
  async takeOver(): Promise<boolean> {
    await tell({ say: 'ready' });
    await this.#until(() => this.#hasSaidGo);
    if (!this.#hasSaidGo) return false;
    // It passes on what it gets from now on, and we do not listen yet.
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
    await tell({ say: 'taken' });
    await this.#until(() => false);
    return true;
  }

  #hear(message: OldSays, handle: unknown): void {
    switch (message.say) {
      case 'offer':
        this.#offer = message;
        return;
      case 'socket':
        this.#sockets.set(message.name, handle as ListeningHandle);
        return;
      case 'program-socket':
        this.programSockets.push({ ...message.socket, fd: (handle as ListeningHandle).fd });
        return;
      case 'go':
        this.#hasSaidGo = true;
        return;
      case 'wish':
        this.#note(message.wish);
        return;
      case 'connection':
        if (!(handle instanceof Socket)) return; // Its client has gone.
        this.connections.push({
          name: message.name,
          socket: handle,
          unanswered: Buffer.from(message.unanswered, 'base64'),
        });
        return;
    }
  }

  #note(wish: 'shutdown' | 'restart'): void {
    if (this.#wish !== 'shutdown') this.#wish = wish;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#isGone) {
      await new Promise<void>((resolve) => {
        this.#onNews = resolve;
      });
    }
  }
}

/** The daemon from which we are to take over, when one has started us. Takes the variable out of our environment. */
export function findPredecessor(): Predecessor | undefined {
  const place = process.env[HANDOVER_VARIABLE];
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- The programs are not to inherit it.
  delete process.env[HANDOVER_VARIABLE];
  return place === undefined || process.send === undefined
    ? undefined
    : new Predecessor(place === DETACHED);
}

/** Tells the daemon that has started us why we cannot take over. */
export async function reportFailure(error: Error): Promise<void> {
  await tell({ say: 'failed', message: error.message });
}

function tell(message: NewSays): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) {
      resolve();
      return;
    }
    process.send?.(message, undefined, undefined, () => {
      resolve(); // Nobody may listen any more: that is seen at the end of the channel.
    });
  });
}
