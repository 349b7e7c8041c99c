import type { Program } from '../../config/program.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { formatSocketAddress } from '../../config/socket-address.ts';
import { createInTurn } from '../logs/in-turn.ts';
import type { BoundFd } from '../spawn/listen-on.ts';
import type { BoundSocket, SocketRequest } from './bind-socket.ts';

/** Listening sockets that somebody uses, in the order in which they were asked for. */
export interface SocketLease {
  readonly fds: readonly number[];
  /** '127.0.0.1:8000', 'unix:/run/app.sock'. */
  readonly addresses: readonly string[];
  /** They are closed when nobody uses them any more. Only the first call counts. */
  release(): void;
}

/** A socket as a next daemon has to know it. */
export interface KnownSocket {
  /** Who may use it. */
  readonly owner: string;
  /** The address as it was asked for, */
  readonly key: string;
  /** and as it is. */
  readonly address: string;
}

/** A socket on its way from one daemon to the next, which has it open under the number `fd`. */
export interface HandedSocket extends KnownSocket {
  readonly fd: number;
}

/** How sockets are made; tests have others. */
export interface SocketMaker {
  /** The errors are names of system errors, or sentences. */
  bind(request: SocketRequest): Promise<Result<BoundSocket, string>>;
  listen(sockets: readonly BoundFd[]): Promise<Result<true, string>>;
  /** A socket that another daemon has bound. */
  inherit(fd: number, address: string): BoundSocket;
}

interface Entry {
  readonly owner: string;
  readonly key: string;
  readonly socket: BoundSocket;
  users: number;
}

/**
 * The listening sockets of the daemon. Every use of an address is a lease of the same socket, so that an instance that comes, one that goes and the
 * time in between overlap as they like.
 */
export class SocketRegistry {
  readonly #maker: SocketMaker;
  readonly #entries = new Map<string, Entry>();
  readonly #inTurn = createInTurn();
  /** Names that are being removed. */
  readonly #closing = new Set<Promise<void>>();

  constructor(maker: SocketMaker) {
    this.#maker = maker;
  }

  /**
   * Lends sockets to `owner`, making those that there are not yet. The error names the address. An address that somebody else uses is in use, as it
   * would be if each program bound its own.
   */
  acquire(owner: string, requests: readonly SocketRequest[]): Promise<Result<SocketLease, string>> {
    return this.#inTurn(async () => {
      await this.whenClosed();
      const taken: Entry[] = [];
      const made: Array<Entry & BoundFd> = [];
      const giveBack = (): void => {
        for (const entry of taken) this.#giveBack(entry);
      };
      for (const request of requests) {
        const entry = await this.#find(owner, request, made);
        if (!entry.ok) {
          giveBack();
          return entry;
        }
        entry.value.users += 1;
        taken.push(entry.value);
      }
      const listening = made.length === 0 ? ok(true as const) : await this.#maker.listen(made);
      if (!listening.ok) {
        giveBack();
        return err(`${made.map(({ key }) => key).join(', ')}: ${listening.error}`);
      }
      return ok(this.#lease(taken));
    });
  }

  /** Lends sockets that an earlier daemon has handed over; undefined when there are none, or one of them is not there. */
  reclaim(owner: string, addresses: readonly string[]): SocketLease | undefined {
    const taken = addresses.map((address) =>
      [...this.#entries.values()].find(
        (entry) => entry.owner === owner && entry.socket.address === address,
      ),
    );
    if (taken.length === 0 || !taken.every((entry) => entry !== undefined)) return undefined;
    for (const entry of taken) entry.users += 1;
    return this.#lease(taken);
  }

  /** Lends all sockets that an earlier daemon has handed over for `owner`; undefined when there are none. */
  reclaimAll(owner: string): SocketLease | undefined {
    const owned = [...this.#entries.values()].filter((entry) => entry.owner === owner);
    return this.reclaim(
      owner,
      owned.map(({ socket }) => socket.address),
    );
  }

  /**
   * Every socket, for the next daemon. This process has to end by process.exit() afterwards: when Node ends by itself it closes its handles, and with
   * them the names of unix sockets go.
   */
  hand(): readonly HandedSocket[] {
    return [...this.#entries.values()].map(({ owner, key, socket }) => ({
      owner,
      key,
      address: socket.address,
      fd: socket.fd,
    }));
  }

  /** All of them, for a next daemon that is handed nothing. */
  get known(): readonly KnownSocket[] {
    return [...this.#entries.values()].map(({ owner, key, socket }) => ({
      owner,
      key,
      address: socket.address,
    }));
  }

  /** Takes over the sockets of an earlier daemon; those that nobody has reclaimed go with {@link closeUnused}. */
  takeOver(sockets: readonly HandedSocket[]): void {
    for (const { owner, key, address, fd } of sockets) {
      this.#entries.set(key, { owner, key, socket: this.#maker.inherit(fd, address), users: 0 });
    }
  }

  /** Closes what nobody uses. */
  closeUnused(): void {
    for (const entry of this.#entries.values()) this.#closeIfUnused(entry);
  }

  /** Resolves when the names of all that is closed are removed. */
  async whenClosed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #find(
    owner: string,
    request: SocketRequest,
    made: Array<Entry & BoundFd>,
  ): Promise<Result<Entry, string>> {
    const key = formatSocketAddress(request.address);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      return known.owner === owner ? ok(known) : err(`${key}: in use by ${known.owner}`);
    }
    const bound = await this.#maker.bind(request);
    if (!bound.ok) return err(`${key}: ${bound.error}`);
    const { fd, user } = bound.value;
    const { backlog } = request;
    const entry = { owner, key, socket: bound.value, users: 0, fd, backlog, user };
    this.#entries.set(key, entry);
    made.push(entry);
    return ok(entry);
  }

  #lease(entries: readonly Entry[]): SocketLease {
    let isOver = false;
    return {
      fds: entries.map(({ socket }) => socket.fd),
      addresses: entries.map(({ socket }) => socket.address),
      release: () => {
        if (isOver) return;
        isOver = true;
        for (const entry of entries) this.#giveBack(entry);
      },
    };
  }

  #giveBack(entry: Entry): void {
    entry.users -= 1;
    this.#closeIfUnused(entry);
  }

  #closeIfUnused(entry: Entry): void {
    if (entry.users > 0) return;
    this.#entries.delete(entry.key);
    const closing = entry.socket.close().finally(() => {
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
  }
}

/** Whose the sockets of a program are: all processes of one section share them. */
export function socketOwnerOf({ group, section }: Pick<Program, 'group' | 'section'>): string {
  return `${group}:${section}`;
}
